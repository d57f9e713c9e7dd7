// Token ids of several sequences, one after another, nothing padded.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "engine/tensor/arena.h"

namespace fovea::models {

struct RaggedBatch {
  std::span<const int32_t> ids;      // [rows]
  std::span<const int32_t> offsets;  // [sequences + 1], 0 first, rows last, never falling
  // [rows], or empty (all 0): the token types of pairs. A model without token types does not look at them.
  std::span<const int32_t> types = {};

  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
};

// `count` sequences one behind another, in memory of the arena's open scope. ids_of(i) and types_of(i) give sequence
// i's [tokens]; no types are all 0. `with_types`: the model tells token types apart; else they are left out (a
// tokenizer may tell a pair's texts apart where the model was trained without, as RoBERTa).
template <typename IdsOf, typename TypesOf>
RaggedBatch pack_batch(size_t count, const IdsOf& ids_of, const TypesOf& types_of, bool with_types,
                       tensor::Arena& arena) {
  const auto offsets = arena.take<int32_t>(count + 1);
  offsets[0] = 0;
  for (size_t i = 0; i < count; ++i) offsets[i + 1] = offsets[i] + static_cast<int32_t>(ids_of(i).size());
  const auto ids = arena.take<int32_t>(static_cast<size_t>(offsets.back()));
  const auto types = arena.take<int32_t>(with_types ? ids.size() : 0);
  std::ranges::fill(types, 0);
  for (size_t i = 0; i < count; ++i) {
    std::ranges::copy(ids_of(i), ids.begin() + offsets[i]);
    if (with_types) std::ranges::copy(types_of(i), types.begin() + offsets[i]);
  }
  return {ids, offsets, types};
}

}  // namespace fovea::models
