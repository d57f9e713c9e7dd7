#include "decide/expr/word.h"

#include <gtest/gtest.h>

namespace fovea::expr {
namespace {

TEST(Word, MeansOneThing) {
  EXPECT_TRUE(reserved("package"));
  EXPECT_FALSE(reserved("event"));
  EXPECT_EQ(type_name("int"), Kind::kInt);
  EXPECT_EQ(type_name("dyn"), std::nullopt);  // a function, no type that a value can have
  EXPECT_EQ(macro_of("existsOne"), Op::kExistsOne);
  EXPECT_EQ(relation_of("<="), Op::kLessEqual);
  EXPECT_EQ(relation_of("in"), Op::kIn);
  EXPECT_EQ(relation_of("+"), Op::kUnknown);
}

}  // namespace
}  // namespace fovea::expr
