#include "door/access/unsent_answers.h"

#include <gtest/gtest.h>

namespace fovea::access {
namespace {

TEST(UnsentAnswers, AtTheLimitAndOnePastIt) {
  UnsentAnswers answers(3 * kUnsentSmall);
  UnsentAnswers::Share moved;
  {
    auto first = answers.keep(kUnsentSmall), second = answers.keep(2 * kUnsentSmall);
    ASSERT_TRUE(first && second) << "at the limit";
    const auto refused = answers.keep(kUnsentSmall);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error.code, Code::kResourceExhausted);
    EXPECT_GT(refused.error().retry_after, Nanos(0));
    EXPECT_TRUE(answers.keep(kUnsentSmall - 1)) << "small ones are not counted";
    EXPECT_EQ(answers.bytes(), 3 * kUnsentSmall) << "what was refused holds nothing";
    first = std::move(second);
    second = UnsentAnswers::Share();
    EXPECT_EQ(answers.bytes(), 2 * kUnsentSmall) << "the first's went with what took its place";
    moved = std::move(*first);
  }
  EXPECT_EQ(answers.bytes(), 2 * kUnsentSmall);
  moved = UnsentAnswers::Share();
  EXPECT_EQ(answers.bytes(), 0U);
  EXPECT_TRUE(answers.keep(10 * kUnsentSmall)) << "one alone";
}

}  // namespace
}  // namespace fovea::access
