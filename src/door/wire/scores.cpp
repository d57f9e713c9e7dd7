#include "door/wire/scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fovea::wire {
namespace {

constexpr double kUnitWithin = 1e-5;  // of the squared length: what fp32 rounding leaves

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

}  // namespace

float sigmoid(float logit) {
  return static_cast<float>(1 / (1 + std::exp(-static_cast<double>(logit))));
}

std::vector<float> probabilities_of(std::span<const float> logits) {
  if (logits.size() == 1) return {sigmoid(logits[0])};
  if (logits.empty()) return {};
  const double most = *std::ranges::max_element(logits);
  std::vector<double> powers(logits.size());
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) sum += powers[i] = std::exp(logits[i] - most);
  std::vector<float> out(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) out[i] = static_cast<float>(powers[i] / sum);
  return out;
}

std::vector<size_t> greatest(std::span<const float> values, size_t count) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](size_t a, size_t b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
  order.resize(count);
  return order;
}

std::string label_of(std::span<const std::string> labels, size_t index) {
  return index < labels.size() ? labels[index] : "LABEL_" + std::to_string(index);
}

std::vector<float> unit_embedding(std::span<const float> values, size_t dimensions) {
  if (dimensions != 0) values = values.first(std::min(dimensions, values.size()));
  std::vector<float> out(values.begin(), values.end());
  const double squared = dot(values, values);
  if (squared == 0 || std::abs(squared - 1) <= kUnitWithin) return out;
  const double scale = 1 / std::sqrt(squared);
  for (float& each : out) each = static_cast<float>(each * scale);
  return out;
}

float cosine(std::span<const float> a, std::span<const float> b) {
  const double lengths = std::sqrt(dot(a, a) * dot(b, b));
  return lengths == 0 ? 0 : static_cast<float>(dot(a, b) / lengths);
}

}  // namespace fovea::wire
