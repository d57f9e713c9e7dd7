// What attention knows of positions beside the order of the rows: rotary tables and relative biases.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "engine/layers/encoder_shape.h"
#include "engine/tensor/tensor.h"
#include "engine/tensor/tensor.h"

namespace fovea::layers {

// [positions, head_dim]: the cosines of position * theta^(-2d / head_dim), d in [0, head_dim / 2), then the sines
// (Su et al. 2021; computed in double, as fp32 where transformers has fp32).
std::vector<float> rotary_table(double theta, int64_t positions, int64_t head_dim);

// T5's buckets for both directions (Raffel et al. 2020; MPNet uses them): the bucket of key position - query position.
int64_t relative_bucket(int64_t distance, int64_t buckets, int64_t distance_max);

// [heads][2 * positions - 1]: the bias of each distance from -(positions - 1) on, from a table [buckets, heads].
std::vector<float> relative_biases(const tensor::Tensor& table, int64_t distance_max, int64_t positions);

}  // namespace fovea::layers
