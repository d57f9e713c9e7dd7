// What a text costs: processor time of the calling thread, text by text, and the curve through it.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "engine/train/model_record.h"

namespace fovea::train {

struct MeasuredCost {
  CostFit fit;
  double us_mean = 0;  // over the texts measured
};

// Runs `one` over at most 200 of the texts, twice, and takes the faster.
MeasuredCost measure_cost(std::span<const std::string_view> texts, const std::function<void(std::string_view)>& one);

}  // namespace fovea::train
