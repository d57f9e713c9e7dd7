#include "door/load/tally.h"

#include <gtest/gtest.h>

#include "door/load/limits.h"

namespace fovea::load {
namespace {

constexpr int64_t kMs = 1'000'000;

Heard heard(Verdict verdict, int64_t due_ms, int64_t sent_ms, int64_t done_ms) {
  return {.ticket = {0, due_ms * kMs},
          .sent_ns = sent_ms * kMs,
          .done_ns = done_ms * kMs,
          .verdict = verdict,
          .kind = "status 500",
          .text = "why"};
}

TEST(Tally, LatencyCountsFromWhenItWasDue) {
  Tally tally;
  tally.hear(heard(Verdict::kAdmitted, 100, 150, 160), 50 * kMs);
  tally.hear(heard(Verdict::kAdmitted, 100, 100, 150), 50 * kMs);
  EXPECT_EQ(tally.admitted, 2u);
  EXPECT_EQ(tally.late, 1u);
  EXPECT_NEAR(tally.latency.percentile_ms(100), 60, 1);
  EXPECT_NEAR(tally.latency.mean_ms(), 55, 1e-9);
  EXPECT_NEAR(tally.service.percentile_ms(50), 10, 1);
  EXPECT_EQ(tally.latency.max_ms(), 60);
}

TEST(Tally, RefusalsAndFailuresAreNoLatencies) {
  Tally tally;
  tally.hear(heard(Verdict::kRefused, 0, 1, 3), 50 * kMs);
  tally.hear(heard(Verdict::kFailed, 0, 1, 900), 50 * kMs);
  EXPECT_EQ(tally.latency.count(), 0u);
  EXPECT_NEAR(tally.refusal.percentile_ms(50), 3, 0.1);
  EXPECT_NEAR(tally.refusal_service.percentile_ms(50), 2, 0.1);
  EXPECT_EQ(tally.failures.at("status 500").count, 1u);
  EXPECT_EQ(tally.failures.at("status 500").first, "why");
}

TEST(Tally, KindsOfFailuresAreBoundedAndTheirTextsClean) {
  Tally tally;
  for (size_t i = 0; i < 3 * kFailureKindsMax; ++i) {
    const std::string kind = "status " + std::to_string(500 + i), text = "a\nb\x01\xFF" + std::string(10'000, 'x');
    Heard one = heard(Verdict::kFailed, 0, 0, 1);
    one.kind = kind;
    one.text = text;
    tally.hear(one, kMs);
  }
  EXPECT_EQ(tally.failures.size(), kFailureKindsMax + 1);
  EXPECT_EQ(tally.failures.at("others").count, 2 * kFailureKindsMax);
  const std::string& said = tally.failures.at("status 500").first;
  EXPECT_TRUE(said.starts_with("a b \xEF\xBF\xBDx")) << said;
  EXPECT_LE(said.size(), kFailureTextMax + 8);
}

TEST(Tally, AddsUp) {
  Tally one, other;
  one.offered = 2;
  one.hear(heard(Verdict::kAdmitted, 0, 0, 10), 5 * kMs);
  other.offered = 3;
  other.hear(heard(Verdict::kAdmitted, 0, 0, 30), 50 * kMs);
  other.hear(heard(Verdict::kFailed, 0, 0, 30), 50 * kMs);
  other.last_ns = 7;
  one.add(other);
  EXPECT_EQ(one.offered, 5u);
  EXPECT_EQ(one.admitted, 2u);
  EXPECT_EQ(one.late, 1u);
  EXPECT_EQ(one.latency.count(), 2u);
  EXPECT_NEAR(one.latency.mean_ms(), 20, 1e-9);
  EXPECT_NEAR(one.latency.percentile_ms(100), 30, 0.5);
  EXPECT_EQ(one.failures.at("status 500").first, "why");
  EXPECT_EQ(one.last_ns, 7);
}

}  // namespace
}  // namespace fovea::load
