#include "serve/rollout/plan.h"

#include <gtest/gtest.h>

namespace fovea::rollout {
namespace {

TEST(Plan, KeysAreChosenByTheirShareAndStay) {
  int few = 0, more = 0, other = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "customer-" + std::to_string(i);
    const bool in_few = is_chosen(key, "m", 0.05), in_more = is_chosen(key, "m", 0.25);
    EXPECT_TRUE(!in_few || in_more) << "who was in stays in when the share grows";
    few += in_few;
    more += in_more;
    other += in_few && is_chosen(key, "n", 0.05);
  }
  EXPECT_NEAR(few, 1000, 120);
  EXPECT_NEAR(more, 5000, 250);
  EXPECT_NEAR(other, 50, 30) << "another salt picks others";
}

TEST(Plan, NoneAndAll) {
  for (const char* key : {"", "a", "b"}) {
    EXPECT_FALSE(is_chosen(key, "m", 0));
    EXPECT_TRUE(is_chosen(key, "m", 1));
  }
  EXPECT_EQ(part_of("a", "m"), part_of("a", "m"));
}

}  // namespace
}  // namespace fovea::rollout
