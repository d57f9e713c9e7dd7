#include "@ROOM@/@NAME@.h"

#include <gtest/gtest.h>

namespace fovea::@NAME@ {
namespace {

TEST(@NOUN@, KeepsItsName) {
  auto made = make_@NAME@("x");
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->name, "x");
}

TEST(@NOUN@, RefusesAnEmptyName) {
  auto made = make_@NAME@("");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::@NAME@
