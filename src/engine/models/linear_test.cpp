#include "engine/models/linear.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace fovea::models {
namespace {

LinearModel sample(size_t labels = 3) {
  std::vector<std::string_view> texts = {"refund please", "where is my parcel", "退款", "快递没到"};
  auto vocabulary = LinearVocabulary::build(texts, {}, 1, kLinearFeaturesMax);
  Random random(7);
  std::vector<float> weights(vocabulary.size() * labels), bias(labels);
  for (float& w : weights) w = static_cast<float>(random.uniform() - 0.5);
  for (float& b : bias) b = static_cast<float>(random.uniform());
  return {std::move(vocabulary), weights, bias};
}

TEST(LinearModel, GivesTheSameScoresAfterAWriteAndARead) {
  LinearModel model = sample();
  auto again = LinearModel::from_bytes(model.to_bytes());
  ASSERT_TRUE(again.has_value()) << again.error().text();
  LinearScratch a, b;
  for (std::string_view text : {"refund my parcel", "快递退款", "", "nothing known: zzz"}) {
    auto x = model.score(text, a), y = again->score(text, b);
    EXPECT_EQ(std::vector<float>(x.begin(), x.end()), std::vector<float>(y.begin(), y.end())) << text;
  }
}

TEST(LinearModel, RoundsWeightsByLessThanAHundredthOfTheLargest) {
  std::vector<std::string_view> texts = {"a b"};
  auto vocabulary = LinearVocabulary::build(texts, {}, 1, 100);
  std::vector<float> weights(vocabulary.size() * 2, 0.3f), bias(2);
  for (size_t i = 0; i < weights.size(); i += 2) weights[i] = -1.0f;
  LinearModel model(vocabulary, weights, bias);
  LinearScratch scratch, row_scratch;
  double sum = 0;
  for (const SparseEntry& e : vocabulary.row("a b", row_scratch)) sum += e.value;
  auto score = model.score("a b", scratch);
  EXPECT_NEAR(score[0], -sum, 0.01 * sum);
  EXPECT_NEAR(score[1], 0.3 * sum, 0.01 * sum);
}

TEST(LinearVocabulary, RowsHaveUnitLengthAndRiseByFeature) {
  std::vector<std::string_view> texts = {"late late parcel", "parcel", "退款了"};
  auto vocabulary = LinearVocabulary::build(texts, {}, 1, kLinearFeaturesMax);
  LinearScratch scratch;
  double square = 0;
  auto row = vocabulary.row("late parcel", scratch);
  ASSERT_FALSE(row.empty());
  for (const SparseEntry& e : row) square += e.value * e.value;
  EXPECT_NEAR(square, 1.0, 1e-5);
  EXPECT_TRUE(vocabulary.row("Ω", scratch).empty());
}

TEST(LinearVocabulary, KeepsTheMostFrequentAndTheAdvisedCount) {
  std::vector<std::string_view> texts = {"x y", "x z", "x w"};
  EXPECT_EQ(LinearVocabulary::build(texts, {1, 9, 9, 1}, 2, 100).size(), 1u);  // only x is in two texts
  EXPECT_EQ(LinearVocabulary::build(texts, {1, 9, 9, 1}, 1, 2).size(), 2u);
}

TEST(LinearModel, RefusesEveryFlippedByteAndEveryLength) {
  std::string bytes = sample().to_bytes();
  for (size_t i = 0; i < bytes.size(); i += i < 64 ? 1 : 37) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(LinearModel::from_bytes(bad).has_value()) << "byte " << i;
  }
  for (size_t length : {size_t{0}, size_t{31}, size_t{64}, bytes.size() - 1}) {
    EXPECT_FALSE(LinearModel::from_bytes(std::string_view(bytes).substr(0, length)).has_value()) << length;
  }
  auto missing = LinearModel::open("/nonexistent/linear.fvl");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea::models
