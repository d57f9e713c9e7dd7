#include "engine/train/calibrate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "engine/train/judge.h"
#include "engine/train/metrics.h"
#include "engine/train/threshold.h"

namespace fovea::train {
namespace {

// Scores whose softmax at temperature 1 is exactly right about the truth, multiplied by `factor`.
struct Drawn {
  std::vector<float> scores;
  std::vector<uint32_t> truth;
};

Drawn draw(size_t rows, size_t labels, double factor, uint64_t seed, double spread = 6) {
  Random random(seed);
  Drawn out;
  std::vector<float> row(labels), log(labels);
  for (size_t i = 0; i < rows; ++i) {
    for (float& s : row) s = static_cast<float>(random.uniform() * spread);
    log_softmax(row, 1, log);
    double at = random.uniform();
    uint32_t truth = 0;
    while (truth + 1 < labels && at >= std::exp(log[truth])) at -= std::exp(log[truth++]);
    out.truth.push_back(truth);
    for (float s : row) out.scores.push_back(static_cast<float>(s * factor));
  }
  return out;
}

TEST(Calibrate, FindsTheTemperatureThatTheScoresWereMadeWith) {
  Drawn over = draw(4000, 5, 3.0, 1), under = draw(4000, 5, 0.25, 2);
  EXPECT_NEAR(fit_temperature(over.scores, over.truth, 5), 3.0, 0.25);
  EXPECT_NEAR(fit_temperature(under.scores, under.truth, 5), 0.25, 0.02);
}

TEST(Calibrate, MixtureLeansOnTheBetterModel) {
  Drawn good = draw(3000, 4, 1, 3);
  std::vector<float> first(good.scores.size()), second(good.scores.size());
  Random random(4);
  for (size_t at = 0; at < good.scores.size(); at += 4) {
    log_softmax(std::span(good.scores).subspan(at, 4), 1, std::span(first).subspan(at, 4));
    for (size_t l = 0; l < 4; ++l) second[at + l] = static_cast<float>(random.uniform());
    log_softmax(std::span(second).subspan(at, 4), 1, std::span(second).subspan(at, 4));
  }
  EXPECT_GT(fit_mixture(first, second, good.truth, 4).first_weight, 0.7);
  EXPECT_LT(fit_mixture(second, first, good.truth, 4).first_weight, 0.3);
}

TEST(Metrics, AreRightOnACaseByHand) {
  // Truth 0 0 1 1; answers 0 1 1 1: accuracy 3/4, F1 2/3 and 4/5.
  std::vector<Answer> answers(4);
  answers[0] = {0, 0.9f, 0.8f, 1, false, true};
  answers[1] = {1, 0.6f, 0.2f, 1, false, false};
  answers[2] = {1, 0.9f, 0.8f, 1, false, true};
  answers[3] = {1, 0.6f, 0.2f, 1, false, false};
  std::vector<uint32_t> truth{0, 0, 1, 1};
  Metrics m = measure(answers, truth, 2);
  EXPECT_DOUBLE_EQ(m.accuracy, 0.75);
  EXPECT_NEAR(m.macro_f1, (2.0 / 3 + 4.0 / 5) / 2, 1e-12);
  EXPECT_NEAR(m.ece, 0.5 * 0.1 + 0.5 * 0.1, 1e-6);  // 0.9 against 1, 0.6 against 0.5
  EXPECT_DOUBLE_EQ(m.coverage, 0.5);
  EXPECT_DOUBLE_EQ(m.accuracy_when_sure, 1);
  auto curve = risk_coverage(answers, truth, 4);
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_DOUBLE_EQ(curve[1].risk, 0);
  EXPECT_DOUBLE_EQ(curve[3].risk, 0.25);
  EXPECT_NEAR(curve[3].coverage, 1, 1e-12);
}

TEST(Threshold, BoundsAreClopperAndPearsons) {
  EXPECT_NEAR(share_upper_bound(0, 100, 0.95), 1 - std::pow(0.05, 1.0 / 100), 1e-6);
  EXPECT_NEAR(share_upper_bound(2, 50, 0.9), 0.102959, 1e-5);  // scipy: beta.ppf(0.9, 3, 48)
  EXPECT_EQ(share_upper_bound(5, 5, 0.9), 1);
}

TEST(Threshold, MeetsTheBudgetAndNoMore) {
  std::vector<HeldOut> rows;
  for (int i = 0; i < 1000; ++i) rows.push_back({1.0f - i * 0.0005f, i < 500 || i % 4 != 0});
  BudgetThreshold t = threshold_for_budget(rows, 0.02);
  EXPECT_LE(t.error_bound, 0.02);
  EXPECT_GE(t.coverage, 0.5);
  EXPECT_LT(t.coverage, 0.53);
  EXPECT_EQ(threshold_for_budget(std::span(rows).first(50), 0.02).min_probability, kNeverSure);  // too few to prove it
  // 113 rows without an error are one too few for 2 % at 90 %, 114 are enough.
  std::vector<HeldOut> right(113, HeldOut{0.9f, true});
  EXPECT_EQ(threshold_for_budget(right, 0.02).min_probability, kNeverSure);
  right.push_back({0.9f, true});
  EXPECT_NEAR(threshold_for_budget(right, 0.02).min_probability, 0.9, 1e-6);
}

TEST(Threshold, HandsOnWhereTheOtherModelMends) {
  std::vector<Pair> rows;
  for (int i = 0; i < 100; ++i) rows.push_back({0.01f * static_cast<float>(i), i >= 30, true});
  double t = hand_over_threshold(rows, 0.45);
  EXPECT_NEAR(t, 0.30, 0.011);
  for (Pair& row : rows) row.both_right = row.linear_right = true;
  for (size_t i = 0; i < 40; ++i) rows[i].both_right = false;  // it only spoils
  EXPECT_EQ(hand_over_threshold(rows, 0.45), 0);
}

TEST(Judge, CascadeIsNoWorseThanEitherOnScoresThatComplementEachOther) {
  HeldOutScores scores;
  scores.labels = 3;
  Random random(9);
  for (int i = 0; i < 2000; ++i) {
    uint32_t truth = static_cast<uint32_t>(random.below(3));
    scores.truth.push_back(truth);
    for (auto* model : {&scores.linear, &scores.attention}) {
      for (uint32_t l = 0; l < 3; ++l) {
        model->push_back(static_cast<float>((l == truth ? 1.2 : 0) + random.uniform() + random.uniform()));
      }
    }
  }
  Judged judged = judge_crosswise(scores, UINT32_MAX, 0.05);
  Metrics linear = measure(judged.linear, scores.truth, 3), attention = measure(judged.attention, scores.truth, 3);
  Metrics cascade = measure(judged.cascade, scores.truth, 3);
  EXPECT_GT(cascade.accuracy, std::max(linear.accuracy, attention.accuracy));
  EXPECT_LE(cascade.handed_on, 0.5);
  EXPECT_LT(cascade.ece, 0.05);
  EXPECT_GT(cascade.coverage, 0.2);
  EXPECT_GE(cascade.accuracy_when_sure, 0.93);
}

TEST(Judge, CallsTheOutsideLabelAndWeakTextsOutside) {
  Judge judge;
  judge.outside_label = 1;
  judge.linear_strength_min = 0.5;
  std::vector<float> log(2);
  EXPECT_FALSE(judge.linear(std::vector<float>{2, 0}, log).outside);
  EXPECT_TRUE(judge.linear(std::vector<float>{0, 2}, log).outside);
  Answer weak = judge.linear(std::vector<float>{0.4f, -3}, log);
  EXPECT_TRUE(weak.outside);
  EXPECT_FALSE(weak.sure);
  judge.reject_outside = false;
  EXPECT_TRUE(judge.linear(std::vector<float>{0.4f, -3}, log).sure);
}

}  // namespace
}  // namespace fovea::train
