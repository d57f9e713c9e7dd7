// Self-attention over packed rows, forward and backward: no padding, no mask. Plain floats, no libtorch.
// Shapes: qkv [rows, 3 * hidden] (query, key, value), out [rows, hidden]; sequence s is rows [offsets[s],
// offsets[s+1]); probs: heads x S x S for each sequence, one after another (probs_size()), needed again by the backward
// pass. `drop`: share of the probabilities that are zeroed while training, chosen by `seed` and position. Threads: each
// call works on one sequence; different sequences may run at once.
#pragma once

#include <cstdint>

namespace fovea::train_torch {

struct AttentionShape {
  int64_t heads = 0, hidden = 0;
  float drop = 0;
  uint64_t seed = 0;
};

inline int64_t probs_size(const AttentionShape& shape, int64_t tokens) {
  return shape.heads * tokens * tokens;
}

void attend(const AttentionShape& shape, const float* qkv, int64_t tokens, float* probs, float* out);
// d_qkv is overwritten.
void attend_backward(const AttentionShape& shape, const float* qkv, const float* probs, const float* d_out,
                     int64_t tokens, float* d_qkv);

// What a dropped-out tensor is multiplied with: 0 or 1 / (1 - drop), chosen by a hash of `seed` and the place.
void dropout_mask(uint32_t seed, float drop, int64_t first, int64_t count, float* out);

}  // namespace fovea::train_torch
