// From a judged answer to the verdict that the ladder sees, with its reason in words.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/train/judge.h"
#include "serve/scorer.h"

namespace fovea::serve {

// `shown` [labels]: the log-probabilities that the prediction is made of.
Verdict make_verdict(const train::Answer& answer, std::span<const float> shown, const std::vector<std::string>& labels,
                     const std::string& digest);

// Empty when the answer is sure, else the first threshold that it misses: "probability 0.41 under 0.62".
std::string why_unsure(const train::Answer& answer, const train::Judge& judge, double probability_min);

}  // namespace fovea::serve
