#include "door/access/unsent_answers.h"

#include <gtest/gtest.h>

namespace fovea::access {
namespace {

TEST(UnsentAnswers, AtTheLimitAndOnePastIt) {
  UnsentAnswers answers(3 * kUnsentSmall);
  std::optional<UnsentAnswers::Share> moved;
  {
    auto first = answers.keep(kUnsentSmall), second = answers.keep(2 * kUnsentSmall);
    ASSERT_TRUE(first && second) << "at the limit";
    EXPECT_FALSE(answers.keep(kUnsentSmall));
    EXPECT_TRUE(answers.keep(kUnsentSmall - 1)) << "small ones are not counted";
    EXPECT_EQ(answers.bytes(), 3 * kUnsentSmall) << "what was refused holds nothing";
    first = std::move(second);
    second.reset();
    EXPECT_EQ(answers.bytes(), 2 * kUnsentSmall) << "the first's went with what took its place";
    moved = std::move(first);
  }
  EXPECT_EQ(answers.bytes(), 2 * kUnsentSmall);
  moved.reset();
  EXPECT_EQ(answers.bytes(), 0U);
  EXPECT_TRUE(answers.keep(10 * kUnsentSmall)) << "one alone";
}

}  // namespace
}  // namespace fovea::access
