#include "decide/expr/checker.h"

#include <gtest/gtest.h>

#include "decide/expr/sample_test.h"

namespace fovea::expr {
namespace {

TEST(Checker, SaysWhereAndWhat) {
  EXPECT_NE(run("evnt.amount > 1").find("load: column 1: unknown name 'evnt' (did you mean 'event'?"),
            std::string::npos);
  EXPECT_NE(run("1 + intent.lable").find("column 12: 'intent' has no member 'lable' (did you mean 'label'?)"),
            std::string::npos);
  EXPECT_NE(run("event.x.startWith('a')").find("did you mean 'startsWith'?"), std::string::npos);
  EXPECT_NE(run("intent.label > 5").find("no such overload: string > int"), std::string::npos);
  EXPECT_NE(run("intent.label == 5").find("never equal"), std::string::npos);
  EXPECT_NE(run("intent.probability + 1").find("convert one"), std::string::npos);
  EXPECT_NE(run("intent.label + 1").find("convert the other: string(x)"), std::string::npos);
  EXPECT_NE(run("'a' in intent.label").find("write text.contains(part)"), std::string::npos);
  EXPECT_NE(run("intent.label && true").find("string && bool"), std::string::npos);
  EXPECT_NE(run("contains(event.a, 'x')").find("write x.contains"), std::string::npos);
  EXPECT_NE(run("event.tags.map(t, evnt)").find("unknown name 'evnt'"), std::string::npos);
  EXPECT_NE(run("intent.label.label").find("a string has no members"), std::string::npos);
  EXPECT_NE(run("{1.5: 2}").find("unsupported key type double"), std::string::npos);
}

TEST(Checker, ReadsLiteralsOnce) {
  EXPECT_NE(run("event.b.matches('(')").find("load: column 9: not a regular expression"), std::string::npos);
  EXPECT_NE(run("duration('5')").find("load: column 1: not a duration"), std::string::npos);
  EXPECT_NE(run("timestamp('yesterday')").find("as in timestamp('2026-09-01T08:00:00Z')"), std::string::npos);
}

TEST(Checker, BoundsTheCost) {
  std::string three = "event.tags.all(a, event.tags.all(b, event.tags.all(c, true)))";
  EXPECT_EQ(run(three), "true");
  EXPECT_NE(run("event.tags.all(z, " + three + ")").find("may cost over 1000000 steps"), std::string::npos);
}

}  // namespace
}  // namespace fovea::expr
