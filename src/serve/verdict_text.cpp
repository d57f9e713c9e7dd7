#include "serve/verdict_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "serve/limits.h"

namespace fovea::serve {

Verdict make_verdict(const train::Answer& answer, std::span<const float> shown, const std::vector<std::string>& labels,
                     const std::string& digest) {
  Verdict verdict;
  record::Prediction& p = verdict.prediction;
  p.label = labels[answer.label];
  p.probability = answer.probability;
  p.margin = answer.margin;
  p.outside = answer.outside;
  p.model = digest;
  std::vector<uint32_t> order(shown.size());
  std::iota(order.begin(), order.end(), 0u);
  size_t kept = std::min(kScoresKept, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(kept), order.end(),
                    [&](uint32_t a, uint32_t b) { return shown[a] != shown[b] ? shown[a] > shown[b] : a < b; });
  for (size_t i = 0; i < kept; ++i) p.scores.emplace_back(labels[order[i]], std::exp(shown[order[i]]));
  verdict.sure = answer.sure;
  return verdict;
}

std::string why_unsure(const train::Answer& answer, const train::Judge& judge, double probability_min) {
  if (answer.sure) return {};
  if (answer.outside && judge.reject_outside) return "looks like none of the labels";
  if (!std::isfinite(probability_min)) return "no threshold meets the error budget";
  if (answer.probability < probability_min) {
    return fmt::format("probability {:.2f} under {:.2f}", answer.probability, probability_min);
  }
  return fmt::format("margin {:.2f} under {:.2f}", answer.margin, judge.margin_min);
}

}  // namespace fovea::serve
