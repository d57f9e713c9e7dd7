// The largest encoder that is accepted. BERT-large has 24 layers, 1,024 hidden, 16 heads, 4,096 intermediate.
#pragma once

#include <cstdint>

namespace fovea::layers {

constexpr int64_t kLayersMax = 128;
constexpr int64_t kHiddenMax = 16'384;
constexpr int64_t kHeadsMax = 256;
constexpr int64_t kIntermediateMax = 65'536;
constexpr int64_t kPositionsMax = 65'536;
constexpr int64_t kRelativeBucketsMax = 1024;

}  // namespace fovea::layers
