#include "engine/train/linear_fit.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::train {
namespace {

struct Toy {
  std::vector<std::string_view> texts = {"give me my money back",
                                         "refund the money",
                                         "where is the parcel",
                                         "parcel is still missing",
                                         "thank you so much",
                                         "thanks, lovely",
                                         "把钱退给我",
                                         "快递还没到",
                                         "谢谢你们"};
  std::vector<uint32_t> labels = {0, 0, 1, 1, 2, 2, 0, 1, 2};
};

uint32_t best(const models::LinearModel& model, std::string_view text) {
  models::LinearScratch scratch;
  auto scores = model.score(text, scratch);
  return static_cast<uint32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

TEST(FitLinear, LearnsItsRowsAndNearOnes) {
  Toy toy;
  auto model = fit_linear(toy.texts, toy.labels, 3, {});
  ASSERT_TRUE(model.has_value());
  for (size_t i = 0; i < toy.texts.size(); ++i) EXPECT_EQ(best(*model, toy.texts[i]), toy.labels[i]) << toy.texts[i];
  EXPECT_EQ(best(*model, "money refunded?"), 0u);
  EXPECT_EQ(best(*model, "我的快递呢"), 1u);
}

// The squared hinge's optimum, by hand: two texts of one feature each and the bias, C = 1. By symmetry w = (a, -a),
// b = 0 and a^2/2 * 2 + 2 (1 - a)^2 is least at a = 2/3 (each row sees only its own weight).
TEST(FitLinear, FindsTheOptimum) {
  std::vector<std::string_view> texts = {"x", "y"};
  std::vector<uint32_t> labels = {0, 1};
  LinearFitOptions options;
  options.shape = {1, 9, 9, 1};
  options.epochs_max = 200;
  options.tolerance = 1e-6;
  auto model = fit_linear(texts, labels, 2, options);
  ASSERT_TRUE(model.has_value());
  models::LinearScratch scratch;
  EXPECT_NEAR(model->score("x", scratch)[0], 2.0 / 3, 0.01);
  EXPECT_NEAR(model->score("x", scratch)[1], -2.0 / 3, 0.01);
}

TEST(FitLinear, IsRepeatableAndCanBeCancelled) {
  Toy toy;
  EXPECT_EQ(fit_linear(toy.texts, toy.labels, 3, {})->to_bytes(), fit_linear(toy.texts, toy.labels, 3, {})->to_bytes());
  auto cancelled = fit_linear(toy.texts, toy.labels, 3, {}, [](const LinearFitProgress&) { return false; });
  ASSERT_FALSE(cancelled.has_value());
  EXPECT_EQ(cancelled.error().code, Code::kCancelled);
}

}  // namespace
}  // namespace fovea::train
