#include "base/json_reader.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(JsonReader, StopsAtTheLimitOfValues) {
  const struct {
    const char* text;
    size_t values;
  } cases[] = {{"1", 1},
               {"[]", 1},
               {"[1,2.5,3]", 4},
               {R"({"a":1})", 2},
               {"[null,true]", 3},
               {R"(["x",{}])", 3},
               {"[18446744073709551615]", 2}};
  for (const auto& each : cases) {
    EXPECT_TRUE(parse_json_within(each.text, each.values)) << each.text;
    const auto past = parse_json_within(each.text, each.values - 1);
    ASSERT_FALSE(past) << each.text;
    EXPECT_EQ(past.error().code, Code::kInvalidArgument);
    EXPECT_NE(past.error().message.find("has more than"), std::string::npos) << past.error().text();
    EXPECT_TRUE(past.error().where.starts_with("byte ")) << past.error().where;
  }
}

// What comes behind the limit is not looked at.
TEST(JsonReader, DoesNotReadOn) {
  const auto past = read_json("[1,2,3,4,5,6" + std::string(1000, 'x'), 4);
  ASSERT_FALSE(past);
  EXPECT_TRUE(past.error().too_many);
  EXPECT_LE(past.error().at, 10U);
}

TEST(JsonReader, KnowsWhyThereIsNone) {
  EXPECT_TRUE(read_json(std::string(100, '['), 1000).error().too_deep);
  EXPECT_EQ(read_json("1 2", 1000).error().why, "text after the end of the value");
  EXPECT_EQ(read_json("{\"a\": tru }", 1000).error().at, 6U);
}

}  // namespace
}  // namespace fovea
