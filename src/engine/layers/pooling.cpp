#include "engine/layers/pooling.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace fovea::layers {

void pool(tensor::ConstMatrix hidden, std::span<const int32_t> offsets, Pooling how, tensor::Matrix out) {
  FOVEA_CHECK(out.rows + 1 == static_cast<int64_t>(offsets.size()) && out.cols == hidden.cols);
  for (int64_t s = 0; s < out.rows; ++s) {
    const int32_t first = offsets[static_cast<size_t>(s)], end = offsets[static_cast<size_t>(s) + 1];
    const auto row = out.row(s);
    std::fill(row.begin(), row.end(), 0.0f);
    if (first == end) continue;
    std::ranges::copy(hidden.row(first), row.begin());
    if (how == Pooling::kFirst) continue;
    for (int32_t r = first + 1; r < end; ++r) {
      const auto other = hidden.row(r);
      for (size_t c = 0; c < row.size(); ++c)
        row[c] = how == Pooling::kMean ? row[c] + other[c] : std::max(row[c], other[c]);
    }
    if (how == Pooling::kMean)
      for (float& value : row) value /= static_cast<float>(end - first);
  }
}

void scale_to_unit(tensor::Matrix rows) {
  for (int64_t r = 0; r < rows.rows; ++r) {
    double squares = 0;
    for (float value : rows.row(r)) squares += static_cast<double>(value) * value;
    const auto length = static_cast<float>(std::max(std::sqrt(squares), 1e-12));
    for (float& value : rows.row(r)) value /= length;
  }
}

}  // namespace fovea::layers
