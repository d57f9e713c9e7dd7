#include "engine/train/threshold.h"

#include <algorithm>
#include <cmath>

namespace fovea::train {
namespace {

// P[X <= hits] for X ~ Binomial(count, share), by its logarithms.
double binomial_cdf(size_t hits, size_t count, double share) {
  if (share <= 0) return 1;
  if (share >= 1) return hits >= count ? 1 : 0;
  double n = static_cast<double>(count), sum = 0;
  for (size_t k = 0; k <= hits; ++k) {
    double x = static_cast<double>(k);
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) + x * std::log(share) +
                    (n - x) * std::log1p(-share));
  }
  return std::min(1.0, sum);
}

}  // namespace

double share_upper_bound(size_t hits, size_t count, double confidence) {
  if (count == 0 || hits >= count) return 1;
  double low = static_cast<double>(hits) / static_cast<double>(count), high = 1;
  for (int i = 0; i < 60 && high - low > 1e-9; ++i) {
    double middle = (low + high) / 2;
    (binomial_cdf(hits, count, middle) > 1 - confidence ? low : high) = middle;
  }
  return high;
}

BudgetThreshold threshold_for_budget(std::span<const HeldOut> rows, double budget, std::span<const HeldOut> before) {
  std::vector<HeldOut> sorted(rows.begin(), rows.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const HeldOut& a, const HeldOut& b) { return a.probability > b.probability; });
  BudgetThreshold best;
  size_t wrong = 0;
  for (const HeldOut& row : before) wrong += !row.right;
  for (size_t i = 0; i < sorted.size(); ++i) {
    wrong += !sorted[i].right;
    // Rows of equal probability stand or fall together.
    if (i + 1 < sorted.size() && sorted[i + 1].probability == sorted[i].probability) continue;
    size_t taken = before.size() + i + 1;
    double error = static_cast<double>(wrong) / static_cast<double>(taken);
    if (error > budget) continue;  // the bound is above the share itself
    double bound = share_upper_bound(wrong, taken, kBudgetConfidence);
    if (bound > budget) continue;
    double all = static_cast<double>(before.size() + sorted.size());
    best = {sorted[i].probability, static_cast<double>(taken) / all, error, bound};
  }
  return best;
}

double strength_threshold(std::span<const float> strengths, double reject_share) {
  if (strengths.empty()) return -INFINITY;
  std::vector<float> sorted(strengths.begin(), strengths.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<size_t>(reject_share * static_cast<double>(sorted.size()))];
}

double hand_over_threshold(std::span<const Pair> rows, double share_max) {
  std::vector<Pair> sorted(rows.begin(), rows.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Pair& a, const Pair& b) { return a.linear_probability < b.linear_probability; });
  // gains[k]: rows that the attention model mends among the first k, less those that it spoils. Only where equal
  // probabilities end may the line be drawn.
  struct Cut {
    size_t count;
    int64_t gain;
  };
  std::vector<Cut> cuts{{0, 0}};
  int64_t gain = 0;
  for (size_t k = 0; k < sorted.size(); ++k) {
    if (static_cast<double>(k + 1) > share_max * static_cast<double>(sorted.size())) break;
    gain += int{sorted[k].both_right} - int{sorted[k].linear_right};
    if (k + 1 < sorted.size() && sorted[k + 1].linear_probability > sorted[k].linear_probability) {
      cuts.push_back({k + 1, gain});
    }
  }
  // The most that may be handed on is the safest choice on few rows; a cheaper one that does as well here is taken, but
  // not below half of it, and one that does harm is given up for the best there is.
  Cut best = cuts.back();
  if (best.gain < 0) {
    for (const Cut& cut : cuts) best = cut.gain > best.gain ? cut : best;
  } else {
    for (const Cut& cut : cuts) {
      if (2 * cut.count < cuts.back().count || cut.gain < best.gain) continue;
      best = cut;
      break;
    }
  }
  return best.count == 0 ? 0.0 : static_cast<double>(sorted[best.count].linear_probability);
}

}  // namespace fovea::train
