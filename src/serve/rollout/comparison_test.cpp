#include "serve/rollout/comparison.h"

#include <gtest/gtest.h>

namespace fovea::rollout {
namespace {

using inference::Answer;
using inference::ModelInfo;
using inference::Task;

ModelInfo info(Task task, std::vector<std::string> labels = {}, int64_t width = 2) {
  ModelInfo out;
  out.task = task;
  out.labels = std::move(labels);
  out.width = width;
  return out;
}

Answer answer(std::vector<float> values) {
  Answer out;
  out.values = std::move(values);
  return out;
}

bool agrees(const ModelInfo& a_info, std::vector<float> a, const ModelInfo& b_info, std::vector<float> b) {
  Comparison comparison;
  comparison.add(a_info, {answer(std::move(a))}, b_info, {answer(std::move(b))});
  EXPECT_EQ(comparison.compared(), 1u);
  return comparison.agreed() == 1;
}

TEST(Comparison, ClassifiersAgreeOnLabels) {
  const auto two = info(Task::kClassification, {"a", "b"}), turned = info(Task::kClassification, {"b", "a"});
  EXPECT_TRUE(agrees(two, {1, 2}, two, {-1, 9}));
  EXPECT_FALSE(agrees(two, {1, 2}, two, {2, 1}));
  EXPECT_TRUE(agrees(two, {1, 2}, turned, {2, 1})) << "the same label elsewhere";
  EXPECT_FALSE(agrees(two, {1, 2}, info(Task::kEmbedding), {1, 2}));
  EXPECT_FALSE(agrees(two, {1, 2}, two, {}));
}

TEST(Comparison, OthersAgreeOnValues) {
  const auto embedding = info(Task::kEmbedding), score = info(Task::kScore, {}, 1);
  EXPECT_TRUE(agrees(embedding, {1, 2}, embedding, {2, 4}));
  EXPECT_FALSE(agrees(embedding, {1, 2}, embedding, {1, 3}));
  EXPECT_FALSE(agrees(embedding, {1, 2}, embedding, {1, 2, 0}));
  EXPECT_TRUE(agrees(score, {1}, score, {1.005F}));
  EXPECT_FALSE(agrees(score, {1}, score, {1.02F}));
  const auto tokens = info(Task::kTokenClassification, {"O", "B"});
  EXPECT_TRUE(agrees(tokens, {1, 0, 0, 1}, tokens, {2, 0, 0, 3}));
  EXPECT_FALSE(agrees(tokens, {1, 0, 0, 1}, tokens, {2, 0, 3, 0}));
}

TEST(Comparison, CountsAndTellsTheLargestDifference) {
  Comparison comparison;
  const auto two = info(Task::kClassification);
  comparison.add(two, {answer({1, 2}), answer({5, 0})}, two, {answer({1, 2.5F}), answer({2, 0})});
  comparison.add(two, {answer({1, 2})}, two, {});
  EXPECT_EQ(comparison.compared(), 3u);
  EXPECT_EQ(comparison.agreed(), 2u);
  EXPECT_NEAR(comparison.agreement(), 2.0 / 3, 1e-9);
  EXPECT_EQ(comparison.largest_difference(), 3.0);
}

}  // namespace
}  // namespace fovea::rollout
