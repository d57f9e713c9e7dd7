// AdamW (Loshchilov and Hutter 2019) in one pass over memory. Plain floats, no libtorch.
#pragma once

#include <cstdint>

namespace fovea::train_torch {

struct AdamStep {
  float rate = 0, decay = 0;               // decoupled weight decay
  float gradient_scale = 1;                // of clipping
  float correction1 = 1, correction2 = 1;  // 1 - beta^t
};
constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kAdamEpsilon = 1e-8f;

void adam_update(const AdamStep& step, const float* gradient, float* value, float* mean, float* square, int64_t count);
double square_sum(const float* values, int64_t count);

}  // namespace fovea::train_torch
