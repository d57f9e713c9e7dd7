#include "decide/table/table.h"

#include <gtest/gtest.h>

#include <chrono>

namespace fovea::table {
namespace {

const char* kRouting =
    "intent.label,event.amount,=> queue,=> priority\n"
    "\"refund, complaint\",> 100,desk,1\n"
    "\"refund, complaint\",-,refunds,2\n"
    "-,-,general,3\n";

expr::Environment environment() {
  expr::Environment out;
  out.set("event", expr::Kind::kDyn);
  out.set("text", expr::Kind::kString);
  out.set("intent", expr::Type::record({{"label", expr::Kind::kString}, {"probability", expr::Kind::kDouble}}));
  return out;
}

JsonObject root(const char* json) {
  return parse_json(json)->get_object();
}

Answer ask(const Table& table, const char* json) {
  JsonObject values = root(json);
  auto answer = table.decide(values);
  EXPECT_TRUE(answer) << answer.error().text();
  return answer ? *answer : Answer{};
}

Table parsed(std::string_view csv, HitPolicy policy = HitPolicy::kFirst) {
  auto table = Table::parse("t.csv", csv, environment(), policy);
  EXPECT_TRUE(table) << table.error().text();
  return *table;
}

std::string refused(std::string_view csv, HitPolicy policy = HitPolicy::kFirst) {
  auto table = Table::parse("t.csv", csv, environment(), policy);
  return table ? "accepted" : table.error().text();
}

TEST(Table, RoutesAsTheFirstRowSays) {
  Table table = parsed(kRouting);
  Answer big = ask(table, R"({"intent":{"label":"refund"},"event":{"amount":250}})");
  EXPECT_EQ(to_text(Json(big.outputs)), R"({"queue":"desk","priority":1})");
  ASSERT_EQ(big.hits.size(), 1u);
  EXPECT_EQ(big.hits[0].row, 2u);
  EXPECT_EQ(big.hits[0].table, "t.csv");
  ASSERT_EQ(big.hits[0].inputs.size(), 2u);
  EXPECT_EQ(big.hits[0].inputs[1].first, "event.amount");
  EXPECT_EQ(big.hits[0].inputs[1].second, Json(250));
  EXPECT_EQ(ask(table, R"({"intent":{"label":"complaint"},"event":{"amount":100}})").outputs["queue"], Json("refunds"));
  EXPECT_EQ(ask(table, R"({"intent":{"label":"invoice"},"event":{"amount":1e9}})").outputs["queue"], Json("general"));
  EXPECT_TRUE(table.warnings().empty());
}

TEST(Table, MissingMeetsOnlyTheDash) {
  Table table = parsed(kRouting);
  EXPECT_EQ(ask(table, R"({"intent":{"label":"refund"},"event":{}})").outputs["queue"], Json("refunds"));
  Table inverse = parsed("event.amount,=> x\nnot(5),1\n");
  EXPECT_FALSE(ask(inverse, R"({"event":{}})").hit);
  EXPECT_TRUE(ask(inverse, R"({"event":{"amount":4}})").hit);
}

TEST(Table, UnitTests) {
  struct Case {
    const char* cell;
    const char* value;
    bool holds;
  };
  for (const Case& each : {
           Case{"5", "5", true},
           {"5", "5.0", true},
           {"5", "\"5\"", true},
           {"\"\"\"5\"\"\"", "5", false},
           {"[1..5)", "1", true},
           {"[1..5)", "5", false},
           {"(1..5]", "1", false},
           {"(1..5]", "5", true},
           {"[1..5)", "4.999", true},
           {"\"[1..2],[8..9]\"", "8.5", true},
           {"\"[1..2],[8..9]\"", "5", false},
           {"<= 3", "3", true},
           {"< 3", "3", false},
           {">= -2.5", "-2.5", true},
           {"!= a", "\"b\"", true},
           {"!= a", "\"a\"", false},
           {"> 100", "\"200\"", false},
           {"not(a)", "\"b\"", true},
           {"\"not(a, b)\"", "\"b\"", false},
           {"true", "true", true},
           {"true", "false", false},
           {"null", "null", true},
           {"-", "null", true},
           {"", "7", true},
           {"\"a, b\"", "\"b\"", true},
           {"late delivery", "\"late delivery\"", true},
           {"\"'a, b'\"", "\"a, b\"", true},
           {"~ refund", "\"My REFUND please\"", true},
           {"\"~ money back, refund\"", "\"nothing\"", false},
           {"\"not(~ spam, win)\"", "\"you WIN\"", false},
           {"~ 退款", "\"我要退款\"", true},
       }) {
    Table table = parsed(std::string("event.x,=> y\n") + each.cell + ",1\n");
    std::string json = std::string(R"({"event":{"x":)") + each.value + "}}";
    EXPECT_EQ(ask(table, json.c_str()).hit, each.holds) << each.cell << " of " << each.value;
  }
}

TEST(Table, ByteOrderMarkAndCarriageReturns) {
  Table table = parsed(
      "\xEF\xBB\xBF"
      "event.x,=> y\r\n1,one\r\n-,\"many, \"\"really\"\"\"\r\n");
  EXPECT_EQ(ask(table, R"({"event":{"x":2}})").outputs["y"], Json("many, \"really\""));
}

TEST(Table, OutputExpressionsAndKeywords) {
  Table table = parsed(
      "text,event.body.contains(\"now\"),=> label,=> probability,=> size\n"
      "\"~ refund, money back\",true,refund,0.9,= size(text)\n~ parcel,-,late_delivery,0.8,0\n");
  JsonObject values = root(R"({"event":{"body":"now"}})");
  expr::Scope::Name names[] = {{"text", expr::Value::text_view("I want my Money Back")}};
  auto answer = table.decide(expr::Scope(values, names));
  ASSERT_TRUE(answer);
  EXPECT_EQ(to_text(Json(answer->outputs)), R"({"label":"refund","probability":0.9,"size":20})");
  EXPECT_EQ(answer->hits[0].inputs[0].second, Json("money back"));  // the word, not the message
  EXPECT_EQ(table.outputs().member("label")->type, expr::Type(expr::Kind::kString));
  EXPECT_EQ(table.reads(), (std::vector<std::string>{"event.body", "text"}));
}

TEST(Table, HitPolicies) {
  const char* overlapping = "event.x,=> y,=> priority\n> 0,a,1\n> 5,b,9\n> 7,a,2\n";
  const char* json = R"({"event":{"x":10}})";
  EXPECT_EQ(ask(parsed(overlapping, HitPolicy::kPriority), json).outputs["y"], Json("b"));
  Answer all = ask(parsed(overlapping, HitPolicy::kCollect), json);
  EXPECT_EQ(to_text(Json(all.outputs)), R"({"y":["a","b","a"],"priority":[1,9,2]})");
  EXPECT_EQ(all.hits.size(), 3u);
  JsonObject values = root(json);
  Table unique = parsed(overlapping, HitPolicy::kUnique);
  EXPECT_EQ(unique.decide(values).error().code, Code::kFailedPrecondition);
  ASSERT_FALSE(unique.warnings().empty());
  EXPECT_EQ(unique.warnings()[0].line, 3u);
  Table any = parsed("event.x,=> y\n> 0,a\n> 5,a\n-,b\n", HitPolicy::kAny);
  EXPECT_FALSE(any.decide(values));
  EXPECT_EQ(ask(parsed("event.x,=> y\n> 0,a\n> 5,a\n", HitPolicy::kAny), json).hits.size(), 2u);
}

TEST(Table, RefusesWithThePlace) {
  EXPECT_NE(refused("intent.lable,=> q\n-,a\n").find("t.csv:1:1: 'intent' has no member 'lable'"), std::string::npos);
  EXPECT_NE(refused("intent.lable,=> q\n-,a\n").find("did you mean 'label'?"), std::string::npos);
  EXPECT_NE(refused("event.x,=> q\n1,a,b\n").find("t.csv:2:1: 3 cells; the header has 2"), std::string::npos);
  EXPECT_NE(refused("event.x,=> q\n[5..1],a\n").find("t.csv:2:1: '[5..1]' holds nothing"), std::string::npos);
  EXPECT_NE(refused("event.x,=> q\n> abc,a\n").find("has no order"), std::string::npos);
  EXPECT_NE(refused("event.x,=> q\n1,\"a\n").find("t.csv:2:3: a quote that never closes"), std::string::npos);
  EXPECT_NE(refused("event.x,=> q\n1,= bad(\n").find("t.csv:2:3"), std::string::npos);
  EXPECT_NE(refused("event.x\n1\n").find("without outputs"), std::string::npos);
  EXPECT_NE(refused("").find("empty table"), std::string::npos);
  EXPECT_NE(refused("event.x,=> q\n").find("without rows"), std::string::npos);
  EXPECT_NE(refused("event.x,=> q\n1,a\n", HitPolicy::kPriority).find("needs an output 'priority'"), std::string::npos);
  EXPECT_NE(refused("event.x,=> q,=> q\n1,a,b\n").find("stands twice"), std::string::npos);
}

TEST(Table, AThousandRowsCostLittle) {
  std::string csv = "intent.label,event.amount,=> queue\n";
  for (int i = 0; i < 1000; ++i)
    csv += "label" + std::to_string(i) + ",> " + std::to_string(i) + ",q" + std::to_string(i) + "\n";
  Table table = parsed(csv + "-,-,rest\n");
  JsonObject values = root(R"({"intent":{"label":"label999"},"event":{"amount":5000}})");
  auto start = std::chrono::steady_clock::now();
  constexpr int kTurns = 20'000;
  for (int i = 0; i < kTurns; ++i) {
    auto answer = table.decide(values);
    ASSERT_EQ(answer->outputs["queue"], Json("q999"));
  }
  double us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / kTurns;
  RecordProperty("us_per_decision", std::to_string(us));
  printf("a table of 1,001 rows: %.2f us a decision\n", us);
  EXPECT_LT(us, 50);
}

}  // namespace
}  // namespace fovea::table
