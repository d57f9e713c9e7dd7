#include "door/load/arrivals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace fovea::load {
namespace {

std::vector<double> all_s(ArrivalPlan plan) {
  Arrivals arrivals(std::move(plan));
  std::vector<double> out;
  while (const auto arrival = arrivals.next()) {
    EXPECT_EQ(arrival->number, out.size());
    out.push_back(static_cast<double>(arrival->due_ns) * 1e-9);
  }
  return out;
}

// The variance of the counts in windows over their mean: 1 for Poisson, 0 for equal gaps, more for bursts.
double dispersion(const std::vector<double>& at_s, double window_s, double whole_s) {
  std::vector<double> counts(static_cast<size_t>(whole_s / window_s), 0);
  for (const double at : at_s) {
    const auto window = static_cast<size_t>(at / window_s);
    if (window < counts.size()) ++counts[window];
  }
  double sum = 0, squares = 0;
  for (const double count : counts) sum += count;
  const double mean = sum / static_cast<double>(counts.size());
  for (const double count : counts) squares += (count - mean) * (count - mean);
  return squares / static_cast<double>(counts.size()) / mean;
}

constexpr int64_t kMinute = 60'000'000'000;

TEST(Arrivals, PoissonHasItsRateAndItsSpread) {
  const auto at_s = all_s({.pattern = Pattern::kPoisson, .rate = 1000, .duration_ns = kMinute, .seed = 7});
  EXPECT_NEAR(static_cast<double>(at_s.size()), 60'000, 4 * std::sqrt(60'000.0));
  EXPECT_NEAR(dispersion(at_s, 0.1, 60), 1, 0.25);
  double short_gaps = 0;
  for (size_t i = 1; i < at_s.size(); ++i) {
    ASSERT_GE(at_s[i], at_s[i - 1]);
    short_gaps += at_s[i] - at_s[i - 1] < 0.001;
  }
  EXPECT_NEAR(short_gaps / static_cast<double>(at_s.size()), 1 - std::exp(-1.0), 0.01);
}

TEST(Arrivals, UniformHasEqualGaps) {
  const auto at_s = all_s({.pattern = Pattern::kUniform, .rate = 500, .duration_ns = kMinute});
  ASSERT_EQ(at_s.size(), 30'000u);
  EXPECT_EQ(at_s.front(), 0);
  EXPECT_NEAR(at_s.back(), 59.998, 1e-6);
  EXPECT_LT(dispersion(at_s, 0.1, 60), 0.05);
}

TEST(Arrivals, BurstsKeepTheMeanAndSpreadFarMore) {
  const auto at_s = all_s({.pattern = Pattern::kBursty, .rate = 1000, .duration_ns = 10 * kMinute, .seed = 3});
  EXPECT_NEAR(static_cast<double>(at_s.size()), 600'000, 0.1 * 600'000);
  EXPECT_GT(dispersion(at_s, 0.1, 600), 20);
  EXPECT_LT(all_s({.pattern = Pattern::kBursty, .rate = 10, .duration_ns = kMinute, .seed = 3}).size(), 1200u);
}

TEST(Arrivals, ATraceIsPlayedAsRecordedOrFaster) {
  auto trace = std::make_shared<Trace>();
  trace->rows = {{0, 5}, {1'000'000'000, 6}, {4'000'000'000, 7}};
  EXPECT_EQ(all_s({.pattern = Pattern::kTrace, .trace = trace}), (std::vector<double>{0, 1, 4}));
  EXPECT_EQ(all_s({.pattern = Pattern::kTrace, .trace = trace, .speed = 2}), (std::vector<double>{0, 0.5, 2}));
  EXPECT_EQ(all_s({.pattern = Pattern::kTrace, .duration_ns = 1'500'000'000, .trace = trace}),
            (std::vector<double>{0, 1}));
}

TEST(Arrivals, TheSeedAndTheCountDecide) {
  const ArrivalPlan plan{.rate = 100, .count_max = 50, .seed = 9};
  EXPECT_EQ(all_s(plan).size(), 50u);
  EXPECT_EQ(all_s(plan), all_s(plan));
  ArrivalPlan other = plan;
  other.seed = 10;
  EXPECT_NE(all_s(plan), all_s(other));
}

}  // namespace
}  // namespace fovea::load
