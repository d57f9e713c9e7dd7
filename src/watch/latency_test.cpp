#include "watch/latency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace fovea::watch {
namespace {

TEST(LatencyHistogram, PercentilesAreWithinTheBucketError) {
  LatencyHistogram histogram;
  std::vector<int64_t> values;
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    auto value = static_cast<int64_t>(random.below(uint64_t{1} << (4 + random.below(26))));
    values.push_back(value);
    histogram.add(value);
  }
  std::ranges::sort(values);
  for (double p : {1.0, 25.0, 50.0, 95.0, 99.0, 99.9, 100.0}) {
    auto rank = static_cast<size_t>(std::ceil(p / 100 * static_cast<double>(values.size())));
    auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(histogram.percentile_us(p), exact, exact / 64 + 0.5) << p;
  }
}

TEST(LatencyHistogram, AddsUpToWhatOneWouldHaveSeen) {
  LatencyHistogram one, other, both;
  for (int64_t value = 1; value < 4'000; value += 7) {
    (value % 3 == 0 ? one : other).add(value);
    both.add(value);
  }
  one.add(other);
  EXPECT_EQ(one.count(), both.count());
  for (double p : {1.0, 50.0, 99.0, 100.0}) EXPECT_EQ(one.percentile_us(p), both.percentile_us(p));
}

TEST(LatencyHistogram, HoldsAnyValue) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile_us(50), 0);
  histogram.add(-5);
  histogram.add(INT64_MAX);
  EXPECT_EQ(histogram.count(), 2u);
  EXPECT_EQ(histogram.percentile_us(50), 0);
  EXPECT_GT(histogram.percentile_us(100), 1e12);
}

}  // namespace
}  // namespace fovea::watch
