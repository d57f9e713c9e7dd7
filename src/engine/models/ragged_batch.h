// Token ids of several sequences, one after another, nothing padded.
#pragma once

#include <cstdint>
#include <span>

namespace fovea::models {

struct RaggedBatch {
  std::span<const int32_t> ids;      // [rows]
  std::span<const int32_t> offsets;  // [sequences + 1], 0 first, rows last, never falling
  // [rows], or empty (all 0): the token types of pairs. A model without token types does not look at them.
  std::span<const int32_t> types = {};

  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
};

}  // namespace fovea::models
