#include "engine/kernels/scalar.h"

#include <algorithm>
#include <cmath>

namespace fovea::kernels::scalar {

double gelu(double x) {
  return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
}

void softmax(std::span<double> values) {
  if (values.empty()) return;
  const double highest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - highest);
  for (double& value : values) value /= sum;
}

std::vector<double> linear(tensor::ConstMatrix x, tensor::ConstMatrix weight, std::span<const float> bias) {
  std::vector<double> y;
  for (int64_t r = 0; r < x.rows; ++r)
    for (int64_t o = 0; o < weight.rows; ++o) {
      double sum = bias.empty() ? 0 : bias[static_cast<size_t>(o)];
      for (int64_t k = 0; k < x.cols; ++k)
        sum += static_cast<double>(x.data[r * x.stride + k]) * weight.data[o * weight.stride + k];
      y.push_back(sum);
    }
  return y;
}

std::vector<double> layer_norm(tensor::ConstMatrix x, std::span<const float> weight, std::span<const float> bias,
                               double eps) {
  std::vector<double> y;
  const auto cols = static_cast<double>(x.cols);
  for (int64_t r = 0; r < x.rows; ++r) {
    double mean = 0, variance = 0;
    for (float value : x.row(r)) mean += value / cols;
    for (float value : x.row(r)) variance += (value - mean) * (value - mean) / cols;
    for (size_t c = 0; c < static_cast<size_t>(x.cols); ++c)
      y.push_back((x.row(r)[c] - mean) / std::sqrt(variance + eps) * weight[c] + bias[c]);
  }
  return y;
}

std::vector<double> attention(tensor::ConstMatrix q, tensor::ConstMatrix k, tensor::ConstMatrix v, double scale,
                              std::vector<double>* weights) {
  const auto rows = static_cast<size_t>(q.rows), dim = static_cast<size_t>(q.cols);
  std::vector<double> out(rows * dim, 0.0);
  std::vector<double> scores = linear(q, k, {});  // [rows, rows]
  for (double& score : scores) score *= scale;
  for (size_t r = 0; r < rows; ++r) {
    softmax(std::span(scores).subspan(r * rows, rows));
    for (size_t j = 0; j < rows; ++j)
      for (size_t d = 0; d < dim; ++d) out[r * dim + d] += scores[r * rows + j] * v.row(static_cast<int64_t>(j))[d];
  }
  if (weights) *weights = std::move(scores);
  return out;
}

}  // namespace fovea::kernels::scalar
