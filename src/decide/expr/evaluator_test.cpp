#include "decide/expr/evaluator.h"

#include <gtest/gtest.h>

#include "decide/expr/sample_test.h"

namespace fovea::expr {
namespace {

TEST(Evaluator, ErrorsHaveTheirCode) {
  EXPECT_NE(run("event.nothing").find("run: NOT_FOUND column 7: no such key: 'nothing'"), std::string::npos);
  EXPECT_NE(run("event.empty.x").find("NOT_FOUND"), std::string::npos);
  EXPECT_NE(run("event.amount / 0").find("divide by zero"), std::string::npos);
  EXPECT_NE(run("9223372036854775807 + event.amount").find("OUT_OF_RANGE"), std::string::npos);
  EXPECT_NE(run("event.id.contains(event.amount)").find("no such overload"), std::string::npos);
  EXPECT_EQ(run("event.nothing > 1 || true"), "true");
  EXPECT_EQ(run("false && event.nothing > 1"), "false");
  EXPECT_EQ(run("event.nothing > 1 && false"), "false");
}

TEST(Evaluator, MacrosWeighErrorsAsLogicDoes) {
  EXPECT_EQ(run("[0, 1].exists(x, 1 / x == 1)"), "true");
  EXPECT_NE(run("[0, 1].exists(x, 1 / x == 2)").find("divide by zero"), std::string::npos);
  EXPECT_NE(run("[0, 1].exists_one(x, 1 / x == 1)").find("divide by zero"), std::string::npos);
  EXPECT_EQ(run("{'a': 1, 'b': 2}.filter(k, k > 'a')"), "[\"b\"]");
  EXPECT_EQ(run("[[1, 2], [3]].map(x, x.map(x, x * 2))"), "[[2,4],[6]]");
}

TEST(Evaluator, StepsAreLimited) {
  JsonArray numbers;
  for (int i = 0; i < 3000; ++i) numbers.emplace_back(i);
  JsonObject large{{"event", {{"n", numbers}, {"s", std::string(1 << 20, 'x')}}}};
  for (std::string_view text :
       {"event.n.all(a, event.n.all(b, a + b >= 0)) || true",  // no operator swallows it
        "event.s.replace('x', 'yyyyyyyyyyyyyyyyyyyyyyyy')", "event.n.map(a, event.s + event.s)"}) {
    auto compiled = Expression::compile(text, sample_environment());
    ASSERT_TRUE(compiled) << compiled.error().text();
    EXPECT_EQ(compiled->eval(large).error().code, Code::kResourceExhausted) << text;
  }
}

}  // namespace
}  // namespace fovea::expr
