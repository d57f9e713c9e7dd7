#include "trust/privacy/redact.h"

#include <gtest/gtest.h>

#include <ctime>

#include "base/slow_build_test.h"

namespace fovea::privacy {
namespace {

record::Event event_of(std::string_view json) {
  record::Event event;
  event.fields = parse_json(json)->as_object();
  return event;
}

TEST(Redact, EveryStringDeep) {
  auto event = event_of(R"({"body":"mail a@b.example","list":[{"x":["tel 13812345678"]}],"n":5,"ok":true})");
  Counts counts = redact_event(event, Kinds::all(), "key");
  EXPECT_EQ(to_text(event.fields), R"({"body":"mail [email]","list":[{"x":["tel [phone]"]}],"n":5,"ok":true})");
  EXPECT_EQ(to_text(to_json(counts)), R"({"email":1,"phone":1})");
}

TEST(Redact, NumbersAndMemberNames) {
  auto event = event_of(R"({"phone":13812345678,"at_ms":1700000000123,"amount":120,"by":{"a@b.example":1}})");
  redact_event(event, Kinds::all(), "key");
  std::string text = to_text(event.fields);
  EXPECT_EQ(text.find("13812345678"), std::string::npos) << text;
  EXPECT_EQ(text.find("a@b"), std::string::npos) << text;
  EXPECT_NE(text.find("1700000000123"), std::string::npos) << text;
  EXPECT_NE(text.find("\"amount\":120"), std::string::npos) << text;
}

TEST(Redact, WholeValuesKeepTellingSendersApart) {
  auto a = event_of(R"({"from":"ann@x.example"})"), b = event_of(R"({"from":"bob@x.example"})");
  auto again = event_of(R"({"from":"ANN@x.example"})"), other_key = event_of(R"({"from":"ann@x.example"})");
  redact_event(a, Kinds::all(), "k1");
  redact_event(b, Kinds::all(), "k1");
  redact_event(again, Kinds::all(), "k1");
  redact_event(other_key, Kinds::all(), "k2");
  EXPECT_EQ(to_text(a.fields), to_text(again.fields));
  EXPECT_NE(to_text(a.fields), to_text(b.fields));
  EXPECT_NE(to_text(a.fields), to_text(other_key.fields));
  EXPECT_TRUE(to_text(a.fields).starts_with(R"({"from":"[email:)")) << to_text(a.fields);
}

TEST(Redact, IdsAndKeysStayApart) {
  record::Event a, b;
  a.id = "<1@x.example>", b.id = "<2@x.example>";
  a.key = b.key = "ann@x.example";
  redact_event(a, Kinds::all(), "k");
  redact_event(b, Kinds::all(), "k");
  EXPECT_NE(a.id, b.id);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.id.find('@'), std::string::npos);
}

TEST(Redact, TwiceIsTheSameAsOnce) {
  auto event = event_of(R"({"from":"ann@x.example","body":"card 4111 1111 1111 1111, 13812345678"})");
  redact_event(event, Kinds::all(), "k");
  std::string once = to_text(event.fields);
  EXPECT_EQ(redact_event(event, Kinds::all(), "k").total(), 0u);
  EXPECT_EQ(to_text(event.fields), once);
}

TEST(Redact, UnknownKindSuggests) {
  auto kind = kind_from_name("emial");
  ASSERT_FALSE(kind);
  EXPECT_EQ(kind.error().hint, "did you mean 'email'?");
  EXPECT_EQ(*kind_from_name("cn_resident_id"), Kind::kCnResidentId);
}

TEST(Redact, TenThousandShortEventsAreCheap) {
  std::vector<record::Event> events;
  for (int i = 0; i < 10'000; ++i) {
    events.push_back(
        event_of(R"({"id":)" + std::to_string(i) +
                 R"(,"user":"u17","at":"2026-01-02T03:04:05Z","body":"where is my parcel, order 48213? it was )"
                 R"(due on 2026-01-01, write to me at ann@x.example or call 0161 496 0123","amount":12.5})"));
  }
  std::clock_t start = std::clock();
  Counts counts;
  for (auto& event : events) counts += redact_event(event, Kinds::all(), "key");
  double ms = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  EXPECT_EQ(counts.total(), 20'000u);
  std::printf("10,000 events redacted in %.1f ms\n", ms);
  EXPECT_LT(ms, 500 * kSlowdown) << "should take about a tenth of that";
}

}  // namespace
}  // namespace fovea::privacy
