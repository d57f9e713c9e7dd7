#include "engine/train/torch/dense_adam.h"

#include <cmath>

#include "base/clones.h"

namespace fovea::train_torch {

FOVEA_CLONES("avx512f", "avx2,fma", "default")
void adam_update(const AdamStep& step, const float* gradient, float* value, float* mean, float* square, int64_t count) {
  float shrink = 1.0f - step.rate * step.decay;
  float rate = step.rate / step.correction1;
  float inverse2 = 1.0f / step.correction2;
  for (int64_t i = 0; i < count; ++i) {
    float g = gradient[i] * step.gradient_scale;
    mean[i] = kBeta1 * mean[i] + (1 - kBeta1) * g;
    square[i] = kBeta2 * square[i] + (1 - kBeta2) * g * g;
    value[i] = value[i] * shrink - rate * mean[i] / (std::sqrt(square[i] * inverse2) + kAdamEpsilon);
  }
}

FOVEA_CLONES("avx512f", "avx2,fma", "default")
double square_sum(const float* values, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

}  // namespace fovea::train_torch
