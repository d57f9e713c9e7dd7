#include "act/arguments.h"

#include <gtest/gtest.h>

#include "act/limits.h"

namespace fovea::act {
namespace {

TEST(Arguments, UnknownMembersAreNamedWithAHint) {
  EXPECT_TRUE(check_members(JsonObject{{"path", 1}}, "append", {"path", "body"}));
  auto unknown = check_members(JsonObject{{"boddy", 1}}, "append", {"path", "body"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().text(), "append: unknown argument 'boddy' (did you mean 'body'?)");
  EXPECT_FALSE(check_members(JsonArray{}, "append", {"path"}));
}

TEST(Arguments, MembersHaveTheirTypes) {
  JsonObject given{{"a", "x"}, {"b", "two\nlines"}, {"c", ""}, {"d", true}, {"e", std::string("x\0y", 3)}};
  EXPECT_EQ(text_of(given, "a"), "x");
  EXPECT_TRUE(text_of(given, "b"));
  EXPECT_FALSE(line_of(given, "b"));
  for (const char* bad : {"c", "d", "e", "missing"}) EXPECT_FALSE(text_of(given, bad)) << bad;
  EXPECT_EQ(truth_of(given, "d"), true);
  EXPECT_EQ(truth_of(given, "missing"), false);
  EXPECT_FALSE(truth_of(given, "a"));
}

TEST(Arguments, TimeoutsHaveALimit) {
  EXPECT_EQ(timeout_of(JsonObject{}), Nanos(kTimeoutDefault));
  EXPECT_EQ(timeout_of(JsonObject{{"timeout", "5m"}}), Nanos(kTimeoutMax));
  for (const char* bad : {"301s", "0s", "5", ""}) EXPECT_FALSE(timeout_of(JsonObject{{"timeout", bad}})) << bad;
}

TEST(Arguments, AKeyThatCannotStandInAHeaderBecomesADigest) {
  record::Effect effect;
  effect.flow = "f";
  effect.key = "ticket:m-1";
  EXPECT_EQ(foreign_key(effect), "f/ticket:m-1");
  effect.key = std::string(198, 'k');
  EXPECT_EQ(foreign_key(effect).size(), 200u);
  for (const std::string& key : {std::string("a b"), std::string("a\nb"), std::string("退款"), std::string(199, 'k')}) {
    effect.key = key;
    EXPECT_TRUE(foreign_key(effect).starts_with("sha256-")) << key;
  }
}

TEST(Arguments, ErrorsAreCutAndUtf8) {
  EXPECT_EQ(again(std::string(10'000, 'x')).error.size(), kErrorBytesMax);
  EXPECT_EQ(failed("\xFF").error, "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace fovea::act
