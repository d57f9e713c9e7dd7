#include "decide/expr/expr.h"

#include <gtest/gtest.h>

#include <chrono>

#include "decide/expr/limits.h"
#include "decide/expr/template.h"

namespace fovea::expr {
namespace {

const JsonObject& root() {
  static const JsonObject kRoot = parse_json(R"({
    "event": {"id": "e-1", "amount": 250, "price": 12.5, "from": "ann@example.com", "subject": "Refund, please", "body": "我要退款 now",
              "at": "2026-09-01T08:00:00+08:00", "tags": ["vip", "late"], "items": [{"sku": "a", "n": 2}, {"sku": "b", "n": 3}],
              "empty": null, "x-y": 1, "package": "box"},
    "intent": {"label": "refund", "probability": 0.93}})")
                                      ->get_object();
  return kRoot;
}

Environment environment() {
  Environment out;
  out.set("event", Kind::kDyn);
  out.set("intent",
          Type::record({{"label", Kind::kString}, {"probability", Kind::kDouble}, {"margin", Kind::kDouble}}));
  return out;
}

std::string run(std::string_view text) {
  auto compiled = Expression::compile(text, environment());
  if (!compiled) return "load: " + compiled.error().text();
  auto value = compiled->eval_json(root());
  return value ? canonical_text(*value)
               : "run: " + std::string(code_name(value.error().code)) + " " + value.error().text();
}

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

TEST(Expression, TextFunctions) {
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

TEST(Expression, LoadErrorsSayWhereAndWhat) {
  EXPECT_NE(run("evnt.amount > 1").find("load: column 1: unknown name 'evnt' (did you mean 'event'?"),
            std::string::npos);
  EXPECT_NE(run("1 + intent.lable").find("column 12: 'intent' has no member 'lable' (did you mean 'label'?)"),
            std::string::npos);
  EXPECT_NE(run("event.x.startWith('a')").find("did you mean 'startsWith'?"), std::string::npos);
  EXPECT_NE(run("intent.label > 5").find("no such overload: string > int"), std::string::npos);
  EXPECT_NE(run("intent.probability + 1").find("convert one"), std::string::npos);
  EXPECT_NE(run("event.a = 1").find("equality is '=='"), std::string::npos);
  EXPECT_NE(run("event.a and event.b").find("column 9: expected an operator or the end, found 'and'"),
            std::string::npos);
  EXPECT_NE(run("(1 + 2").find("found the end"), std::string::npos);
  EXPECT_NE(run("'abc").find("column 1: a quoted text does not end"), std::string::npos);
  EXPECT_NE(run("event.b.matches('(')").find("not a regular expression"), std::string::npos);
  EXPECT_NE(run("duration('5')").find("not a duration"), std::string::npos);
  EXPECT_NE(run("contains(event.a, 'x')").find("write x.contains"), std::string::npos);
  EXPECT_NE(run("5m").find("runs into a letter"), std::string::npos);
  EXPECT_NE(run("").find("empty expression"), std::string::npos);
}

TEST(Expression, RunErrorsHaveTheirCode) {
  EXPECT_NE(run("event.nothing").find("run: NOT_FOUND column 7: no such key: 'nothing'"), std::string::npos);
  EXPECT_NE(run("event.empty.x").find("NOT_FOUND"), std::string::npos);
  EXPECT_NE(run("event.amount / 0").find("divide by zero"), std::string::npos);
  EXPECT_NE(run("9223372036854775807 + event.amount").find("OUT_OF_RANGE"), std::string::npos);
  EXPECT_NE(run("event.id.contains(event.amount)").find("no such overload"), std::string::npos);
  EXPECT_EQ(run("event.nothing > 1 || true"), "true");
  EXPECT_EQ(run("false && event.nothing > 1"), "false");
  EXPECT_EQ(run("event.nothing > 1 && false"), "false");
}

TEST(Expression, LimitsHold) {
  auto brackets = [](int n) {
    return std::string(static_cast<size_t>(n), '(') + "1" + std::string(static_cast<size_t>(n), ')');
  };
  EXPECT_EQ(run(brackets(kNestingMax - 1)), "1");
  EXPECT_NE(run(brackets(kNestingMax)).find("nested over"), std::string::npos);
  std::string sum = "1";
  for (int i = 1; i < kTreeDepthMax; ++i) sum += "+1";
  EXPECT_EQ(run(sum), std::to_string(kTreeDepthMax));
  EXPECT_NE(run(sum + "+1").find("operators in one another"), std::string::npos);
  std::string list = "[1";
  for (size_t i = 0; i + 2 < kNodesMax; ++i) list += ",1";
  EXPECT_EQ(run("size(" + list.substr(0, list.size() - 2) + "])"), std::to_string(kNodesMax - 2));
  EXPECT_NE(run("size(" + list + "])").find("parts"), std::string::npos);
  EXPECT_NE(run(std::string(kTextBytesMax + 1, ' ')).find("bytes"), std::string::npos);
  std::string nested = "event.tags.all(a, event.tags.all(b, event.tags.all(c, event.tags.all(d, true))))";
  EXPECT_NE(run(nested).find("steps"), std::string::npos);

  JsonObject large;
  JsonArray numbers;
  for (int i = 0; i < 3000; ++i) numbers.emplace_back(i);
  large["event"] = JsonObject{{"n", numbers}};
  auto slow = Expression::compile("event.n.all(a, event.n.all(b, a + b >= 0)) || true", environment());
  ASSERT_TRUE(slow) << slow.error().text();
  EXPECT_EQ(slow->eval(large).error().code, Code::kResourceExhausted);  // no operator swallows it
  large["event"].as_object()["s"] = std::string(1 << 20, 'x');
  auto wide = Expression::compile("event.s.replace('x', 'yyyyyyyyyyyyyyyyyyyyyyyy')", environment());
  EXPECT_EQ(wide->eval(large).error().code, Code::kResourceExhausted);
}

TEST(Expression, InputsAndTypes) {
  auto compiled = Expression::compile(
      "event.amount > 1 && has(event.from) && intent.label == event['id'] && event.tags.exists(t, t == 'x')",
      environment());
  ASSERT_TRUE(compiled);
  EXPECT_EQ(compiled->inputs(),
            (std::vector<std::string>{"event.amount", "event.from", "event.id", "event.tags", "intent.label"}));
  EXPECT_EQ(compiled->type(), Type(Kind::kBool));
  EXPECT_EQ(Expression::compile("[1].map(x, string(x))", environment())->type().text(), "list(string)");
  EXPECT_EQ(Expression::compile("intent.label", environment())->inputs(), (std::vector<std::string>{"intent.label"}));
}

TEST(Expression, TimesOfSources) {
  EXPECT_EQ(to_time_point(Value::text_view("2026-09-01T08:00:00+08:00"))->ns, 1'788'220'800'000'000'000);
  EXPECT_EQ(to_time_point(Value::integer(1'788'220'800))->ns, 1'788'220'800'000'000'000);
  EXPECT_EQ(to_time_point(Value::integer(1'788'220'800'250))->ns, 1'788'220'800'250'000'000);
  EXPECT_EQ(to_time_point(Value::number(1'788'220'800.5))->ns, 1'788'220'800'500'000'000);
  EXPECT_EQ(to_time_point(Value()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(to_time_point(Value::integer(INT64_MAX)).error().code, Code::kOutOfRange);
}

TEST(Template, FillsAndGuards) {
  auto text = [&](std::string_view source, Template::Guard guard, bool secrets) -> std::string {
    auto made = Template::text(source, environment(), guard, secrets);
    if (!made) return "load: " + made.error().text();
    auto filled = made->fill(root());
    return filled ? std::string(filled->get_string()) : "run: " + filled.error().text();
  };
  using Guard = Template::Guard;
  EXPECT_EQ(text("{event.id}: {event.amount + 1} {{x}} $$", Guard::kNone, false), "e-1: 251 {x} $");
  EXPECT_EQ(text("{ {'a': '}'}['a'] }", Guard::kNone, false), "}");
  EXPECT_EQ(text("${HOST}/{event.body}?$$", Guard::kUrl, true),
            "${HOST}/%E6%88%91%E8%A6%81%E9%80%80%E6%AC%BE%20now?$$");
  EXPECT_EQ(*with_environment("${HOST}/$$x$", [](const char*) { return "h"; }), "h/$x$");
  EXPECT_EQ(with_environment("${NOPE}", [](const char*) -> const char* { return nullptr; }).error().code,
            Code::kFailedPrecondition);
  EXPECT_NE(text("{'a\\nb'}", Guard::kLine, false).find("line break"), std::string::npos);
  EXPECT_NE(text("x/{'..'}", Guard::kPath, false).find("may not be part of a path"), std::string::npos);
  EXPECT_NE(text("{event.id", Guard::kNone, false).find("'{' without '}'"), std::string::npos);
  EXPECT_NE(text("${HOST}", Guard::kNone, false).find("may not stand here"), std::string::npos);
  // Data cannot name a variable.
  auto made = Template::text("{'${' + 'HOME}'}", environment(), Guard::kNone, true);
  EXPECT_EQ(*with_environment(made->fill(root())->get_string().c_str(), [](const char*) { return "secret"; }),
            "${HOME}");
}

TEST(Expression, IsQuick) {
  auto compiled = Expression::compile("event.amount > 100", environment());
  constexpr int kTurns = 500'000;
  auto start = std::chrono::steady_clock::now();
  int held = 0;
  for (int i = 0; i < kTurns; ++i) held += compiled->eval(root())->as_bool();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  printf("event.amount > 100: %.2f million a second\n", kTurns / seconds / 1e6);
  EXPECT_EQ(held, kTurns);
  EXPECT_GT(kTurns / seconds, 100'000);
}

}  // namespace
}  // namespace fovea::expr
