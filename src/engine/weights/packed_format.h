// The bytes of a packed model file (docs/formats/packed-model.md): what reader and writer share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace fovea::weights {

constexpr std::string_view kPackedFileName = "model.fovea";
constexpr std::string_view kPackedMagic = "FOVEAPKD";
constexpr uint32_t kPackedVersion = 2;
constexpr size_t kPackedPrefixBytes = 64;  // magic to the digest of config.json
constexpr size_t kPackedRecordBytes = 80;  // of an entry, without its name
constexpr size_t kPackedDigestBytes = 32;
constexpr size_t kPackedAlignment = 64;  // of every entry: one cache line, one AVX-512 register

enum class PackedKind : uint8_t { kTensor = 1, kRows = 2, kLinear = 3 };
enum class PackedElement : uint8_t { kF32 = 0, kBF16 = 1, kF16 = 2, kInt8 = 3 };

constexpr size_t packed_element_bytes(PackedElement element) {
  return element == PackedElement::kF32 ? 4 : element == PackedElement::kInt8 ? 1 : 2;
}

struct PackedEntry {
  PackedKind kind = PackedKind::kTensor;
  PackedElement element = PackedElement::kF32;  // of a linear layer: its precision
  bool portable = false;                        // of a linear layer: kernels::LinearOptions
  std::vector<int64_t> shape;                   // one or two extents; of a linear layer [out, in]
  uint64_t begin = 0, end = 0;                  // bytes, from the start of the file
  Digest digest = {};                           // of those bytes
};

constexpr uint64_t packed_aligned(uint64_t bytes) {
  return (bytes + kPackedAlignment - 1) / kPackedAlignment * kPackedAlignment;
}

}  // namespace fovea::weights
