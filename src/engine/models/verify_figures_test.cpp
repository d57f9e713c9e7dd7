#include "engine/models/verify_figures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea::models {
namespace {

TEST(VerifyFigures, CosinesAreThoseOfTheRows) {
  const std::vector<float> one{1, 0, 3, 4, 0, 0}, other{1, 0, 4, 3, 0, 0};
  const CosineFigures figures = compare_cosines(one, other, 2);
  EXPECT_DOUBLE_EQ(figures.min, 24.0 / 25.0);
  EXPECT_DOUBLE_EQ(figures.p1, 24.0 / 25.0);
  EXPECT_DOUBLE_EQ(figures.mean, (1 + 24.0 / 25.0 + 1) / 3);
  EXPECT_EQ(compare_cosines(std::vector<float>{1, 1}, std::vector<float>{0, 0}, 2).min, 0);
}

TEST(VerifyFigures, TheFirstPercentileLeavesOneRowInAHundredBelow) {
  std::vector<float> one, other;
  for (int i = 0; i < 200; ++i) {
    const double angle = i < 3 ? 0.3 - 0.1 * i : 0;  // the three worst: 0.3, 0.2, 0.1
    one.insert(one.end(), {1, 0});
    other.insert(other.end(), {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
  }
  const CosineFigures figures = compare_cosines(one, other, 2);
  EXPECT_NEAR(figures.min, std::cos(0.3), 1e-6);
  EXPECT_NEAR(figures.p1, std::cos(0.2), 1e-6);
}

TEST(VerifyFigures, ADecisionIsASoftmaxAtItsTemperature) {
  const std::vector<float> logits{0, 2, 1};
  const Decision plain = decide(logits, 1), calm = decide(logits, 2);
  EXPECT_EQ(plain.label, 1u);
  EXPECT_NEAR(plain.probability, std::exp(2) / (1 + std::exp(2) + std::exp(1)), 1e-12);
  EXPECT_NEAR(calm.probability, std::exp(1) / (1 + std::exp(1) + std::exp(0.5)), 1e-12);
  EXPECT_EQ(decide(std::vector<float>{-1}, 1).label, 0u);
  EXPECT_NEAR(decide(std::vector<float>{-1}, 1).probability, 1 - 1 / (1 + std::exp(1)), 1e-12);
  EXPECT_EQ(decide(std::vector<float>{0.5f}, 1).label, 1u);
}

TEST(VerifyFigures, FlipsAreOtherLabelsAndOtherSureness) {
  const auto logit = [](double p) { return static_cast<float>(std::log(p / (1 - p))); };
  // Two labels; the second logit is 0, so that the first label has exactly probability p.
  const std::vector<double> before_p{0.95, 0.85, 0.60, 0.60}, after_p{0.94, 0.70, 0.40, 0.61};
  std::vector<float> before, after;
  for (double p : before_p) before.insert(before.end(), {logit(p), 0});
  for (double p : after_p) after.insert(after.end(), {logit(p), 0});
  const std::vector<double> thresholds{0.5, 0.8, 0.99};
  const std::vector<uint32_t> truth{0, 0, 1, kNoTruth};
  const DecisionFigures figures = compare_decisions(before, after, 2, 1, thresholds, truth);
  EXPECT_DOUBLE_EQ(figures.agreement, 0.75);
  ASSERT_EQ(figures.flips.size(), 3u);
  EXPECT_DOUBLE_EQ(figures.flips[0], 0.25);  // the third: another label
  EXPECT_DOUBLE_EQ(figures.flips[1], 0.25);  // the second: no longer sure
  EXPECT_DOUBLE_EQ(figures.flips[2], 0);
  EXPECT_NEAR(figures.calibration_shift, (0.01 + 0.15 + 0.20 + 0.01) / 4, 1e-6);
  ASSERT_TRUE(figures.accuracy.has_value());
  EXPECT_DOUBLE_EQ(*figures.accuracy, 1);  // of the three rows whose label is known
  EXPECT_NEAR(*figures.ece, ((1 - 0.94) + (1 - 0.70) + (1 - 0.60)) / 3, 1e-6);
  EXPECT_NEAR(*figures.ece_before, (0.05 + 0.15 + 0.60) / 3, 1e-6);
}

TEST(VerifyFigures, EqualAnswersDifferInNothing) {
  const std::vector<float> logits{1, 2, 3, 4};
  const DecisionFigures figures = compare_decisions(logits, logits, 2, 1, std::vector<double>{0.5}, {});
  EXPECT_EQ(figures.agreement, 1);
  EXPECT_EQ(figures.flips[0], 0);
  EXPECT_EQ(figures.calibration_shift, 0);
  EXPECT_FALSE(figures.accuracy.has_value());
}

}  // namespace
}  // namespace fovea::models
