// The specification of the kernels: plain loops in double, one value after another. Slow, and right.
// Tests hold every instruction set against it.
#pragma once

#include <span>
#include <vector>

#include "engine/tensor/matrix_view.h"

namespace fovea::kernels::scalar {

double gelu(double x);                   // x / 2 * (1 + erf(x / sqrt(2))), Hendrycks and Gimpel 2016
void softmax(std::span<double> values);  // in place, the maximum subtracted first

// [rows, out] = x [rows, in] · weight [out, in]ᵀ + bias [out] (empty: none)
std::vector<double> linear(tensor::ConstMatrix x, tensor::ConstMatrix weight, std::span<const float> bias);
// [rows, cols]; Ba, Kiros, Hinton 2016, with the biased variance
std::vector<double> layer_norm(tensor::ConstMatrix x, std::span<const float> weight, std::span<const float> bias,
                               double eps);
// [rows, head_dim] = softmax(q · kᵀ * scale) · v; `weights` (may be null) gets the softmax, [rows, rows]
std::vector<double> attention(tensor::ConstMatrix q, tensor::ConstMatrix k, tensor::ConstMatrix v, double scale,
                              std::vector<double>* weights = nullptr);

}  // namespace fovea::kernels::scalar
