#include "engine/layers/positions.h"

#include <algorithm>
#include <cmath>

namespace fovea::layers {

std::vector<float> rotary_table(double theta, int64_t positions, int64_t head_dim) {
  const int64_t half = head_dim / 2;
  std::vector<float> table(static_cast<size_t>(positions * head_dim));
  for (int64_t d = 0; d < half; ++d) {
    // The reference keeps the frequencies and the angles in fp32.
    const auto frequency = static_cast<float>(
        1.0 / std::pow(static_cast<float>(theta), static_cast<float>(2 * d) / static_cast<float>(head_dim)));
    for (int64_t p = 0; p < positions; ++p) {
      const float angle = static_cast<float>(p) * frequency;
      table[static_cast<size_t>(p * head_dim + d)] = std::cos(angle);
      table[static_cast<size_t>(p * head_dim + half + d)] = std::sin(angle);
    }
  }
  return table;
}

int64_t relative_bucket(int64_t distance, int64_t buckets, int64_t distance_max) {
  const int64_t half = buckets / 2, exact = half / 2;
  const int64_t side = distance > 0 ? half : 0, away = std::abs(distance);
  if (away < exact) return side + away;
  // fp32 all the way, as the reference: the borders between buckets fall where its rounding puts them.
  const float ratio = std::log(static_cast<float>(away) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(distance_max) / static_cast<double>(exact)));
  const auto far = exact + static_cast<int64_t>(ratio * static_cast<float>(half - exact));
  return side + std::min(far, half - 1);
}

std::vector<float> relative_biases(const tensor::Tensor& table, int64_t distance_max, int64_t positions) {
  const int64_t buckets = table.shape()[0], heads = table.shape()[1], width = 2 * positions - 1;
  std::vector<float> biases(static_cast<size_t>(heads * width));
  for (int64_t i = 0; i < width; ++i) {
    const int64_t bucket = relative_bucket(i - (positions - 1), buckets, distance_max);
    for (int64_t h = 0; h < heads; ++h)
      biases[static_cast<size_t>(h * width + i)] = table.values()[static_cast<size_t>(bucket * heads + h)];
  }
  return biases;
}

}  // namespace fovea::layers
