#include "engine/layers/row_activation.h"

#include <algorithm>
#include <cmath>

namespace fovea::layers {
namespace {

template <typename F>
void each(tensor::Matrix rows, F&& function) {
  for (int64_t r = 0; r < rows.rows; ++r)
    for (float& value : rows.row(r)) value = function(value);
}

}  // namespace

void activate(RowActivation how, tensor::Matrix rows) {
  switch (how) {
    case RowActivation::kNone:
      return;
    case RowActivation::kTanh:
      return each(rows, [](float x) { return std::tanh(x); });
    case RowActivation::kGelu:
      return each(rows, [](float x) { return x * 0.5f * (1 + std::erf(x * 0.70710678f)); });
    case RowActivation::kGeluTanh:
      return each(rows, [](float x) { return x * 0.5f * (1 + std::tanh(0.79788456f * (x + 0.044715f * x * x * x))); });
    case RowActivation::kRelu:
      return each(rows, [](float x) { return std::max(x, 0.0f); });
    case RowActivation::kSilu:
      return each(rows, [](float x) { return x / (1 + std::exp(-x)); });
  }
}

}  // namespace fovea::layers
