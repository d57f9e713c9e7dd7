// The vectors follow the CloudEvents 1.0.2 texts: HTTP binding 3.1 to 3.3, JSON format 2 to 4.
#include "stream/connectors/cloudevents.h"

#include <gtest/gtest.h>

#include <set>

#include "base/time_text.h"
#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

const TimePoint kNow{1'000'000'000};

auto take(const Headers& headers, std::string_view body) {
  return events_of_request(headers, body, "http:smoke", kNow);
}

const Headers kBinary = {{"Content-Type", "application/json; charset=utf-8"},
                         {"ce-specversion", "1.0"},
                         {"CE-Id", "1234-1234-1234"},
                         {"ce-source", "/mycontext/subcontext"},
                         {"ce-type", "com.example.someevent"},
                         {"ce-time", "2018-04-05T03:56:24Z"},
                         {"ce-partitionkey", "user-7"},
                         {"ce-comexampleextension1", "value"}};

TEST(CloudEvents, Binary) {
  auto events = take(kBinary, R"({"amount":12})");
  ASSERT_TRUE(events) << events.error().detail;
  ASSERT_EQ(events->size(), 1u);
  const record::Event& event = events->front();
  EXPECT_EQ(event.id, "/mycontext/subcontext:1234-1234-1234");
  EXPECT_EQ(event.key, "user-7");
  EXPECT_EQ(event.time, *parse_rfc3339("2018-04-05T03:56:24Z"));
  EXPECT_EQ(event.fields.at("amount"), Json(12));
  EXPECT_EQ(member(event.fields.at("ce"), "type"), Json("com.example.someevent"));
  EXPECT_EQ(member(event.fields.at("ce"), "comexampleextension1"), Json("value"));
}

TEST(CloudEvents, BinaryNeedsTheRequiredAttributes) {
  for (std::string_view missing : {"ce-specversion", "CE-Id", "ce-source", "ce-type"}) {
    Headers headers = kBinary;
    std::erase_if(headers, [&](const auto& each) { return each.first == missing; });
    auto events = take(headers, "{}");
    ASSERT_FALSE(events) << missing;
    EXPECT_EQ(events.error().status, 400);
  }
  for (auto [name, value] : {std::pair{"ce-datacontenttype", "application/json"},
                             {"ce-specversion", "0.3"},
                             {"ce-time", "yesterday"},
                             {"ce-bad_name", "x"},
                             {"ce-subject", "%FF"}}) {
    Headers headers = kBinary;
    std::erase_if(headers, [&](const auto& each) { return each.first == name; });
    headers.emplace_back(name, value);
    EXPECT_FALSE(take(headers, "{}")) << name;
  }
}

TEST(CloudEvents, HeaderValuesAreDecodedOnce) {
  EXPECT_EQ(*decode_header_value("Euro%20%E2%82%AC%20%F0%9F%98%80"), "Euro € 😀");
  EXPECT_EQ(*decode_header_value("\"a \\\"b\\\" c\""), "a \"b\" c");
  EXPECT_EQ(*decode_header_value("%2525"), "%25");
  EXPECT_EQ(*decode_header_value("100%"), "100%");
  EXPECT_FALSE(decode_header_value("%C3%28"));
}

TEST(CloudEvents, Structured) {
  Headers headers = {{"content-type", "Application/CloudEvents+JSON; charset=utf-8"}};
  auto events = take(
      headers, R"({"specversion":"1.0","type":"t","source":"/s","id":"A1","data":{"x":1},"n":5,"b":true,"gone":null})");
  ASSERT_TRUE(events) << events.error().detail;
  EXPECT_EQ(events->front().fields.at("x"), Json(1));
  EXPECT_EQ(member(events->front().fields.at("ce"), "n"), Json(5));
  EXPECT_EQ(events->front().time, kNow);
  events = take(headers, R"({"specversion":"1.0","type":"t","source":"/s","id":"A1","data_base64":"aGVsbG8="})");
  ASSERT_TRUE(events);
  EXPECT_EQ(events->front().fields.at("data"), Json("hello"));
  for (std::string_view body : {"{", "[]", R"({"specversion":"1.0","type":"t","source":"/s"})",
                                R"({"specversion":"1.0","type":"t","source":"/s","id":""})",
                                R"({"specversion":"1.0","type":"t","source":"/s","id":5})",
                                R"({"specversion":"1.0","type":"t","source":"/s","id":"1","data":1,"data_base64":""})",
                                R"({"specversion":"1.0","type":"t","source":"/s","id":"1","data_base64":"%"})",
                                R"({"specversion":"1.0","type":"t","source":"/s","id":"1","Upper":"x"})",
                                R"({"specversion":"1.0","type":"t","source":"/s","id":"1","ext":{"deep":1}})"}) {
    auto refused = take(headers, body);
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().status, 400);
    EXPECT_TRUE(parse_json(to_text(refused.error())));
  }
  EXPECT_EQ(take({{"content-type", "application/cloudevents+avro"}}, "x").error().status, 415);
}

TEST(CloudEvents, Batch) {
  Headers headers = {{"content-type", "application/cloudevents-batch+json"}};
  EXPECT_EQ(take(headers, "[]")->size(), 0u);
  std::string one = R"({"specversion":"1.0","type":"t","source":"/s","id":"1"})";
  EXPECT_EQ(take(headers, "[" + one + "," + one + "]")->size(), 2u);
  auto refused = take(headers, "[" + one + ",{}]");
  ASSERT_FALSE(refused) << "all or none";
  EXPECT_TRUE(refused.error().detail.starts_with("event 1: ")) << refused.error().detail;
  EXPECT_FALSE(take(headers, one));
  std::string many = "[";
  for (size_t i = 0; i <= kHttpEventsMax; ++i) many += (i ? "," : "") + one;
  EXPECT_EQ(take(headers, many + "]").error().status, 413);
}

TEST(PlainJson, ObjectsAndArrays) {
  Headers headers = {{"Content-Type", "application/json"}};
  auto events = take(headers, R"([{"a":1},{"a":2}])");
  ASSERT_EQ(events->size(), 2u);
  EXPECT_NE((*events)[0].id, (*events)[1].id);
  EXPECT_NE(take(headers, "{}")->front().id, take(headers, "{}")->front().id);
  headers.emplace_back("Idempotency-Key", "k");
  EXPECT_EQ(take(headers, "{}")->front().id, "k");
  EXPECT_EQ(take(headers, R"([{},{}])")->back().id, "k:1");
  EXPECT_FALSE(take(headers, "[1]"));
  EXPECT_FALSE(take(headers, ""));
  EXPECT_EQ(take({{"Content-Type", "text/csv"}}, "a,b").error().status, 415);
  EXPECT_EQ(take(headers, std::string(kHttpBodyBytesMax + 1, ' ')).error().status, 413);
}

}  // namespace
}  // namespace fovea::connectors
