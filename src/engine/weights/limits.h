// What a file of weights or settings may hold. Beyond a limit the file is refused, named, with the limit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::weights {

constexpr uint64_t kHeaderBytesMax = 16u << 20;  // safetensors headers: a model of 100,000 tensors has 10 MiB
constexpr uint64_t kConfigBytesMax = 64u << 20;  // tokenizer.json of a multilingual model has 17 MiB
constexpr int64_t kTensorsMax = 200'000;
constexpr size_t kShardsMax = 1'000;  // files of one model; each stays open and mapped
constexpr size_t kPackedNameBytesMax = 512;
constexpr int64_t kDimensionsMax = 8;
constexpr int64_t kValuesMax = int64_t{1} << 36;  // in one tensor

}  // namespace fovea::weights
