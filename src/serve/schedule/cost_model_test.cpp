#include "serve/schedule/cost_model.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace fovea::schedule {
namespace {

std::vector<CostSample> grid(double fixed, double token, double square, double noise = 0) {
  Random random(3);
  std::vector<CostSample> samples;
  for (int64_t items : {1, 4})
    for (int64_t tokens : {4, 16, 64, 128, 256, 512}) {
      const GroupWork work{items, items * tokens, items * tokens * tokens};
      const double ns = fixed + token * static_cast<double>(work.tokens) + square * static_cast<double>(work.squares);
      samples.push_back({work, ns * (1 + noise * (2 * random.uniform() - 1))});
    }
  return samples;
}

TEST(CostModel, FindsWhatMadeTheMeasurements) {
  const CostModel model = CostModel::fit(grid(50e3, 61e3, 35)).value();
  EXPECT_NEAR(model.fixed_ns(), 50e3, 50);
  EXPECT_NEAR(model.per_token_ns(), 61e3, 10);
  EXPECT_NEAR(model.per_square_ns(), 35, 0.1);
  EXPECT_NEAR(model.expected_ns(GroupWork::of(100)), 50e3 + 6.1e6 + 350e3, 500);
}

TEST(CostModel, NoisyMeasurementsGiveNoNegativeCost) {
  const CostModel model = CostModel::fit(grid(0, 61e3, 0, 0.1)).value();
  EXPECT_GE(model.fixed_ns(), 0);
  EXPECT_GE(model.per_square_ns(), 0);
  EXPECT_NEAR(model.expected_ns(GroupWork::of(200)), 200 * 61e3, 0.15 * 200 * 61e3);
}

// Short groups take what reading the weights takes.
TEST(CostModel, FindsTheLeastThatAGroupTakes) {
  std::vector<CostSample> samples = grid(350e3, 254e3, 92);
  for (CostSample& sample : samples) sample.ns = std::max(sample.ns, 2.7e6);
  const CostModel model = CostModel::fit(samples).value();
  EXPECT_NEAR(model.least_ns(), 2.7e6, 1);
  for (const CostSample& sample : samples) EXPECT_NEAR(model.expected_ns(sample.work), sample.ns, 0.02 * sample.ns);
  EXPECT_NEAR(model.expected_ns(GroupWork::of(1)), 2.7e6, 1);
  EXPECT_EQ(CostModel::fit(grid(350e3, 254e3, 92)).value().least_ns(), 0) << "none where none is needed";
}

TEST(CostModel, SaysFromWhichSizeOnGroupsSaveNothing) {
  EXPECT_EQ(CostModel(0, 1000, 0).group_tokens(), 1);
  EXPECT_EQ(CostModel(2000, 1000, 0).group_tokens(), 101) << "2 % of 100 tokens' time";
  EXPECT_EQ(CostModel(0, 1000, 0, 50e3).group_tokens(), 51);
  EXPECT_EQ(CostModel().group_tokens(), kTokensEachMax);
}

TEST(CostModel, AmongOthersARequestSharesTheFixedCost) {
  const CostModel model(1000, 10, 0, 2000);
  EXPECT_NEAR(model.shared_ns(300, 10), 3100, 1e-6);
  EXPECT_NEAR(model.shared_ns(1, 10), 200, 1e-6) << "its part of the least";
}

TEST(CostModel, SaysWhatCannotBeFitted) {
  EXPECT_EQ(CostModel::fit({}).error().code, Code::kInvalidArgument);
  const CostSample idle{GroupWork::of(5), 0};
  EXPECT_EQ(CostModel::fit(std::span(&idle, 1)).error().where, "warm-up");
  const CostSample one{GroupWork::of(10), 1e6};
  EXPECT_NEAR(CostModel::fit(std::span(&one, 1)).value().expected_ns(GroupWork::of(10)), 1e6, 1);
}

TEST(CostModel, FollowsAMachineThatBecomesSlower) {
  CostModel model(0, 1000, 0);
  for (int i = 0; i < 200; ++i) model.observe(GroupWork::of(100), 200e3);
  EXPECT_NEAR(model.level(), 2, 0.01);
  EXPECT_NEAR(model.expected_ns(GroupWork::of(10)), 20e3, 200);
  EXPECT_GE(model.cautious_ns(GroupWork::of(10)), 20e3);
  EXPECT_LT(model.cautious_ns(GroupWork::of(10)), 21e3);
}

TEST(CostModel, OneOutlierRaisesTheCautiousCostAlone) {
  CostModel model(0, 1000, 0);
  for (int i = 0; i < 126; ++i) model.observe(GroupWork::of(100), 100e3);
  for (int i = 0; i < 2; ++i) model.observe(GroupWork::of(100), 300e3);
  EXPECT_LT(model.level(), 1.3);
  EXPECT_GT(model.cautious_ns(GroupWork::of(100)), 290e3);
}

}  // namespace
}  // namespace fovea::schedule
