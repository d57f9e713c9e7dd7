#include "serve/remote/event_stream.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "serve/remote/limits.h"

namespace fovea::remote {
namespace {

EventMessage part(std::string payload) {
  return {{{":message-type", "event"}, {":event-type", "PayloadPart"}, {":content-type", "application/octet-stream"}},
          std::move(payload)};
}

// Made by botocore's own decoder's test cases: no headers and no payload; one payload with one text header.
TEST(EventStream, ReadsWhatAwsWrites) {
  EventStreamReader reader;
  const std::string empty = *from_hex("000000100000000005c248eb7d98c8ff");
  auto got = reader.take(empty);
  ASSERT_TRUE(got) << got.error().text();
  ASSERT_EQ(got->size(), 1u);
  EXPECT_TRUE((*got)[0].headers.empty());
  EXPECT_EQ((*got)[0].payload, "");
  const std::string json = *from_hex(
      "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a2762617227"
      "7d"
      "8d9c08b1");
  got = reader.take(json);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ((*got)[0].header("content-type"), "application/json");
  EXPECT_EQ((*got)[0].payload, "{'foo':'bar'}");
}

TEST(EventStream, CutAnywhereItIsTheSame) {
  const std::string bytes = event_message_bytes(part("hello ")) + event_message_bytes(part("world"));
  for (size_t step : {1, 5, 64}) {
    EventStreamReader reader;
    std::string all;
    for (size_t at = 0; at < bytes.size(); at += step) {
      const auto some = reader.take(std::string_view(bytes).substr(at, step));
      for (const auto& each : *some) all += each.payload;
    }
    EXPECT_EQ(all, "hello world");
    EXPECT_TRUE(reader.between_messages());
  }
  EXPECT_EQ(*payload_of_stream(bytes), "hello world");
}

TEST(EventStream, EveryDamagedBitIsSeen) {
  const std::string good = event_message_bytes(part("x"));
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(payload_of_stream(bad)) << "bit " << bit;
  }
  EXPECT_EQ(payload_of_stream(good.substr(0, good.size() - 1)).error().code, Code::kDataLoss);
}

TEST(EventStream, AMessageHasALimit) {
  const auto begin = [](uint32_t total) {
    std::string bytes = event_message_bytes({{}, ""});
    EventMessage message{{}, std::string(total - 16, 'x')};
    return event_message_bytes(message).substr(0, 64);
  };
  EventStreamReader fits, over;
  EXPECT_TRUE(fits.take(begin(kFrameBytesMax)));
  EXPECT_EQ(over.take(begin(kFrameBytesMax + 1)).error().code, Code::kResourceExhausted);
}

TEST(EventStream, ItsOwnErrorsAreErrors) {
  const EventMessage failed{{{":message-type", "exception"}, {":exception-type", "ModelStreamError"}},
                            R"({"Message":"the container died"})"};
  const auto got = payload_of_stream(event_message_bytes(part("some")) + event_message_bytes(failed));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kInternal);
  EXPECT_NE(got.error().message.find("ModelStreamError"), std::string::npos);
  EXPECT_NE(got.error().message.find("the container died"), std::string::npos);
}

}  // namespace
}  // namespace fovea::remote
