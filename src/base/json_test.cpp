#include "base/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"

namespace fovea {
namespace {

TEST(Json, RefusesWhatIsNotStrictJson) {
  for (const char* bad : {"", "{", "{'a':1}", "[1,]", "nul", "{} x", "\"\\x\"", "01", "[1] [2]"}) {
    auto value = parse_json(bad);
    EXPECT_FALSE(value) << bad;
  }
  std::string deep(100, '[');
  EXPECT_FALSE(parse_json(deep + std::string(100, ']')));
}

TEST(Json, SaysWhereItBroke) {
  auto value = parse_json("{\"a\": tru }");
  ASSERT_FALSE(value);
  EXPECT_TRUE(value.error().where.starts_with("byte ")) << value.error().where;
}

// RFC 8785, appendix B and section 3.2.2.
TEST(Json, OfAFileTheErrorSaysHowToMendIt) {
  EXPECT_EQ(parse_json_file("{}", "a.json").value(), Json(JsonObject()));
  const Error cut = parse_json_file("{\"a\": 1", "a.json").error();
  EXPECT_EQ(cut.where, "a.json");
  EXPECT_EQ(cut.message, "is no JSON: incomplete JSON at byte 7");
  EXPECT_NE(cut.hint.find("fetch it again"), std::string::npos);
  const Error deep = parse_json_file(std::string(100, '['), "a.json").error();
  EXPECT_EQ(deep.message, "is nested more than 64 levels deep");
}

TEST(Json, CanonicalNumbersAreEcmaScripts) {
  auto canonical = [](double value) { return canonical_text(Json(value)); };
  EXPECT_EQ(canonical(0.0), "0");
  EXPECT_EQ(canonical(-0.0), "0");
  EXPECT_EQ(canonical(5e-324), "5e-324");
  EXPECT_EQ(canonical(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(canonical(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(canonical(295147905179352830000.0), "295147905179352830000");
  EXPECT_EQ(canonical(9.999999999999997e22), "9.999999999999997e+22");
  EXPECT_EQ(canonical(1e23), "1e+23");
  EXPECT_EQ(canonical(1e21), "1e+21");
  EXPECT_EQ(canonical(1e-7), "1e-7");
  EXPECT_EQ(canonical(0.000001), "0.000001");
  EXPECT_EQ(canonical(333333333.3333333), "333333333.3333333");
  EXPECT_EQ(canonical(-1234.5), "-1234.5");
}

TEST(Json, EveryDoubleComesBackAsItWas) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    double value = random.uniform() * (i % 7 == 0 ? 1e-9 : 1);
    auto back = parse_json(to_text(JsonArray{value, "x"}));
    ASSERT_TRUE(back);
    ASSERT_EQ(back->get_array()[0].get_double(), value);
  }
  EXPECT_EQ(parse_json("0.41285916")->get_double(), 0.41285916);
  EXPECT_EQ(parse_json("[1e400]").has_value(), false);
}

TEST(Json, CanonicalMembersAreSortedByUtf16) {
  // RFC 8785, 3.2.3: a supplementary character (surrogates) sorts before U+FB33.
  Json value = *parse_json(
      R"({"\u20ac":"Euro","\r":"CR","\ufb33":"Dalet","1":"One","\ud83d\ude00":"Smile","\u0080":"Ctl","\u00f6":"oe"})");
  std::string text = canonical_text(value);
  std::vector<std::string> order = {"CR", "One", "Ctl", "oe", "Euro", "Smile", "Dalet"};
  size_t last = 0;
  for (const std::string& each : order) {
    size_t at = text.find("\"" + each + "\"");
    ASSERT_NE(at, std::string::npos) << each;
    EXPECT_GT(at, last) << each;
    last = at;
  }
}

TEST(Json, CanonicalTextIsTheSameForEqualValues) {
  EXPECT_EQ(canonical_text(*parse_json("{\"b\":[1,2.50,\"\\u0007\\n\"],\"a\":null}")),
            "{\"a\":null,\"b\":[1,2.5,\"\\u0007\\n\"]}");
  EXPECT_EQ(canonical_text(*parse_json("{\"a\":{\"y\":1,\"x\":2}}")),
            canonical_text(*parse_json("{ \"a\" : {\"x\":2, \"y\":1} }")));
}

TEST(Json, TextKeepsOrderAndKind) {
  std::string text = R"({"b":1,"a":[1.0,2.5,-3,1e+300,"x\u0001\"y"],"c":{}})";
  EXPECT_EQ(to_text(*parse_json(text)), text);
  EXPECT_TRUE(parse_json(to_text(Json(3.0)))->is_double());
  EXPECT_EQ(to_text(Json(230.4)), "230.4");
  EXPECT_EQ(to_text(Json(std::numeric_limits<double>::infinity())), "null");
}

TEST(Json, MembersOfWhatIsNoObjectAreNull) {
  EXPECT_TRUE(member(Json(1), "a").is_null());
  EXPECT_TRUE(member(*parse_json("{\"a\":1}"), "b").is_null());
  EXPECT_EQ(text_or(Json("x"), "y"), "x");
  EXPECT_EQ(text_or(Json(1), "y"), "y");
  EXPECT_EQ(number_or(Json(2), 0), 2);
}

}  // namespace
}  // namespace fovea
