// When a rung may answer: thresholds chosen on rows that it has not learnt from.
// Threads: any; no state.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/train/metrics.h"

namespace fovea::train {

// One held-out row as thresholds see it.
struct HeldOut {
  float probability = 0;
  bool right = false;
};

constexpr double kNeverSure = std::numeric_limits<double>::infinity();
constexpr double kBudgetConfidence = 0.9;

struct BudgetThreshold {
  double min_probability = kNeverSure;
  double coverage = 0;     // of the held-out rows
  double error = 0;        // among those covered
  double error_bound = 1;  // its upper bound
};

// Clopper and Pearson (1934), one-sided: with `confidence`, the true share is at most this.
double share_upper_bound(size_t hits, size_t count, double confidence);

// The least threshold at which the upper bound of the error among the rows at or above it meets the budget;
// kNeverSure where no threshold does (with 0.9 confidence a budget of 2 % needs 114 rows without an error).
// `before`: rows that an earlier rung answers for sure; they count towards the same budget.
BudgetThreshold threshold_for_budget(std::span<const HeldOut> rows, double budget,
                                     std::span<const HeldOut> before = {});

// The strength below which a text is called outside, so that `reject_share` of the rows that belong are.
double strength_threshold(std::span<const float> strengths, double reject_share);

// A row that both rungs saw.
struct Pair {
  float linear_probability = 0;
  bool linear_right = false, both_right = false;
};
constexpr double kHandOverShareMax = 0.45;  // so that the cascade costs at most half of the attention model

// The linear probability from which on the linear answer stands: hands on `share_max` of the rows, or fewer (down to
// half of that) where as many rows stay right, or none where the attention model mends nothing.
double hand_over_threshold(std::span<const Pair> rows, double share_max);

}  // namespace fovea::train
