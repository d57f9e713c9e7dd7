#include "decide/expr/expr.h"

#include <gtest/gtest.h>

#include <chrono>

#include "decide/expr/sample_test.h"

namespace fovea::expr {
namespace {

TEST(Expression, ReadsEvents) {
  EXPECT_EQ(run("event.amount > 100"), "true");
  EXPECT_EQ(run("event.amount * 1.5 + event.price"), "387.5");
  EXPECT_EQ(run("event.subject + \"\\n\" + event.body"), R"("Refund, please\n我要退款 now")");
  EXPECT_EQ(run("event.items.filter(i, i.n > 2).map(i, i.sku)"), R"(["b"])");
  EXPECT_EQ(run("event.items.map(i, i.n > 2, i.sku)"), R"(["b"])");
  EXPECT_EQ(run("'vip' in event.tags && has(event.price) && !has(event.cost)"), "true");
  EXPECT_EQ(run("event['x-y'] == event.`x-y`"), "true");
  EXPECT_EQ(run("event.package"), R"("box")");
  EXPECT_EQ(run("intent.label in ['refund', 'complaint'] ? 'desk' : 'general'"), R"("desk")");
  EXPECT_EQ(run("event.from.substring(event.from.indexOf('@') + 1)"), R"("example.com")");
  EXPECT_EQ(run("timestamp(event.at).getHours('+08:00')"), "8");
  EXPECT_EQ(run("timestamp(event.at) + duration('1h30m')"), R"("2026-09-01T01:30:00Z")");
  EXPECT_EQ(run("{'id': event.id, 'n': size(event.body)}"), R"({"id":"e-1","n":8})");
}

TEST(Expression, InputsAndTypes) {
  auto compiled = Expression::compile(
      "event.amount > 1 && has(event.from) && intent.label == event['id'] && event.tags.exists(t, t == 'x')",
      sample_environment());
  ASSERT_TRUE(compiled);
  EXPECT_EQ(compiled->inputs(),
            (std::vector<std::string>{"event.amount", "event.from", "event.id", "event.tags", "intent.label"}));
  EXPECT_EQ(compiled->type(), Type(Kind::kBool));
  EXPECT_EQ(Expression::compile("[1].map(x, string(x))", sample_environment())->type().text(), "list(string)");
  EXPECT_EQ(Expression::compile("intent.label", sample_environment())->inputs(),
            (std::vector<std::string>{"intent.label"}));
}

TEST(Expression, IsQuick) {
  auto compiled = Expression::compile("event.amount > 100", sample_environment());
  constexpr int kTurns = 500'000;
  auto start = std::chrono::steady_clock::now();
  int held = 0;
  for (int i = 0; i < kTurns; ++i) held += compiled->eval(sample_root())->as_bool();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  printf("event.amount > 100: %.2f million a second\n", kTurns / seconds / 1e6);
  EXPECT_EQ(held, kTurns);
  EXPECT_GT(kTurns / seconds, 100'000);
}

}  // namespace
}  // namespace fovea::expr
