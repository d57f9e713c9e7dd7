#include "decide/expr/parser.h"

#include <gtest/gtest.h>

#include "decide/expr/limits.h"
#include "decide/expr/program.h"
#include "decide/expr/sample_test.h"

namespace fovea::expr {
namespace {

TEST(Parser, BindsAsCelDoes) {
  EXPECT_EQ(run("1 + 2 * 3 - 4 / 2"), "5");
  EXPECT_EQ(run("-2 * -3 == 6 && !false || false"), "true");
  EXPECT_EQ(run("true ? 1 : true ? 2 : 3"), "1");
  EXPECT_EQ(run("false ? 1 : false ? 2 : 3"), "3");
  EXPECT_EQ(run("1 < 2 == true"), "true");
  EXPECT_EQ(run("[1, 2,][1] + {'a': 1,}['a']  // a remark"), "3");
  EXPECT_EQ(run("-9223372036854775808"), "-9223372036854775808");
}

TEST(Parser, NamesThePlace) {
  EXPECT_NE(run("(1 + 2").find("found the end"), std::string::npos);
  EXPECT_NE(run("event.a and event.b").find("column 9: expected an operator or the end, found 'and'"),
            std::string::npos);
  EXPECT_NE(run("1 +\n  2 2").find("line 2, column 5"), std::string::npos);
  EXPECT_NE(run("").find("empty expression"), std::string::npos);
  EXPECT_NE(run("if").find("reserved word"), std::string::npos);
  EXPECT_NE(run("event.tags.all(x)").find("takes a name and an expression"), std::string::npos);
  EXPECT_NE(run("has(event)").find("has() takes a member"), std::string::npos);
  EXPECT_NE(run("Thing{a: 1}").find("messages are not part"), std::string::npos);
  EXPECT_NE(run("event.?a").find("optional values are not part"), std::string::npos);
}

TEST(Parser, PathsOfWhatIsRead) {
  auto program = parse_program("event.a['b'].c");
  ASSERT_TRUE(program);
  EXPECT_EQ(path_of(*program, program->root), "event.a.b.c");
  EXPECT_EQ(path_of(*parse_program("event.a[0].c"), 3), "");
}

TEST(Parser, LimitsHold) {
  auto brackets = [](size_t n) { return std::string(n, '(') + "1" + std::string(n, ')'); };
  EXPECT_EQ(run(brackets(kNestingMax - 1)), "1");
  EXPECT_NE(run(brackets(kNestingMax)).find("nested over"), std::string::npos);
  std::string sum = "1";
  for (int i = 1; i < kTreeDepthMax; ++i) sum += "+1";
  EXPECT_EQ(run(sum), std::to_string(kTreeDepthMax));
  EXPECT_NE(run(sum + "+1").find("operators in one another"), std::string::npos);
  std::string list = "[1";
  for (size_t i = 0; i + 3 < kNodesMax; ++i) list += ",1";
  EXPECT_EQ(run("size(" + list + "])"), std::to_string(kNodesMax - 2));
  EXPECT_NE(run("size(" + list + ",1])").find("parts"), std::string::npos);
  EXPECT_NE(run(std::string(kTextBytesMax + 1, ' ')).find("bytes"), std::string::npos);
}

}  // namespace
}  // namespace fovea::expr
