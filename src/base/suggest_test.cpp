#include "base/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace fovea {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"redact", "window", "score"};

TEST(Suggest, FindsTheNearestName) {
  EXPECT_EQ(suggest("redcat", kNames), "did you mean 'redact'?");
  EXPECT_EQ(suggest("scor", kNames), "did you mean 'score'?");
}

TEST(Suggest, ListsThemWhenNoneIsNear) {
  EXPECT_EQ(suggest("zebra", kNames), "one of: redact, window, score");
  EXPECT_EQ(suggest(std::string(10'000, 'x'), kNames), "one of: redact, window, score");
}

TEST(EditDistance, CountsTranspositionsOnce) {
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

}  // namespace
}  // namespace fovea
