#include <gtest/gtest.h>

#include "decide/expr/function.h"
#include "decide/expr/sample_test.h"

namespace fovea::expr {
namespace {

TEST(Conversion, RangesAndForms) {
  EXPECT_EQ(run("int(-7.9)"), "-7");
  EXPECT_EQ(run("int('+12')"), "12");
  EXPECT_EQ(run("string(0.1) + string(1e30) + string(duration('90s'))"), R"("0.11e+3090s")");
  EXPECT_EQ(run("bool('True')"), "true");
  EXPECT_EQ(run("type(event.price) == double"), "true");
  EXPECT_NE(run("int('1x')").find("INVALID_ARGUMENT"), std::string::npos);
  EXPECT_NE(run("uint(-1)").find("OUT_OF_RANGE"), std::string::npos);
  EXPECT_NE(run("int(1e99)").find("OUT_OF_RANGE"), std::string::npos);
  EXPECT_NE(run("double('nope')").find("not a number"), std::string::npos);
  EXPECT_NE(run("string(b'\\xff')").find("invalid UTF-8"), std::string::npos);
  EXPECT_NE(run("timestamp(event.at).getHours('Mars')").find("not a time zone"), std::string::npos);
}

TEST(Function, SignaturesAreSound) {
  for (const Signature& each : signatures()) {
    EXPECT_FALSE(each.parameters.empty()) << each.name;
    EXPECT_LE(each.parameters.size(), 4u) << each.name;  // as many as the evaluator has room for
  }
  EXPECT_EQ(code_points("退a"), 2u);
}

}  // namespace
}  // namespace fovea::expr
