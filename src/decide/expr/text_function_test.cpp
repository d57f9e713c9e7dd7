#include <gtest/gtest.h>

#include "decide/expr/function.h"
#include "decide/expr/sample_test.h"

namespace fovea::expr {
namespace {

TEST(TextFunction, CountsCodePoints) {
  EXPECT_EQ(run("'a,b,,c'.split(',')"), R"(["a","b","","c"])");
  EXPECT_EQ(run("'a,b,c'.split(',', 2)"), R"(["a","b,c"])");
  EXPECT_EQ(run("'退款'.split('')"), R"(["退","款"])");
  EXPECT_EQ(run("['a', 'b'].join('-')"), R"("a-b")");
  EXPECT_EQ(run("'aaa'.replace('a', 'b', 2)"), R"("bba")");
  EXPECT_EQ(run("'ab'.replace('', '-')"), R"("-a-b-")");
  EXPECT_EQ(run("'\\u3000 x \\t'.trim()"), R"("x")");
  EXPECT_EQ(run("'tacocat'.indexOf('c', 3)"), "4");
  EXPECT_EQ(run("'我要退款'.indexOf('退')"), "2");
  EXPECT_EQ(run("'abcabc'.lastIndexOf('b')"), "4");
  EXPECT_EQ(run("'我要'.charAt(1) + 'x'.charAt(1)"), R"("要")");
  EXPECT_EQ(run("'我a'.reverse() + 'Ab'.lowerAscii() + 'Ab'.upperAscii()"), R"("a我abAB")");
  EXPECT_EQ(run("'abc'.substring(1, 2)"), R"("b")");
  EXPECT_NE(run("'abc'.substring(2, 1)").find("OUT_OF_RANGE"), std::string::npos);
  EXPECT_EQ(run("event.from.matches('^[a-z]+@')"), "true");
}

}  // namespace
}  // namespace fovea::expr
