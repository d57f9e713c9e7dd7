#include "serve/rollout/latency.h"

#include <gtest/gtest.h>

namespace fovea::rollout {
namespace {

TEST(Latency, PercentilesAreWithinABucket) {
  Latency latency;
  EXPECT_EQ(latency.percentile(0.99), Nanos(0));
  for (int ms = 1; ms <= 1000; ++ms) latency.add(std::chrono::milliseconds(ms));
  EXPECT_EQ(latency.count(), 1000u);
  EXPECT_NEAR(static_cast<double>(latency.percentile(0.5).count()), 5e8, 5e7);
  EXPECT_NEAR(static_cast<double>(latency.percentile(0.99).count()), 9.9e8, 9.5e7);
  latency.add(Nanos(0));
  latency.add(std::chrono::hours(24 * 365));
  EXPECT_GT(latency.percentile(1), std::chrono::hours(1));
  EXPECT_LE(latency.percentile(0.0001), std::chrono::milliseconds(2));
}

}  // namespace
}  // namespace fovea::rollout
