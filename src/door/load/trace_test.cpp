#include "door/load/trace.h"

#include <gtest/gtest.h>

namespace fovea::load {
namespace {

TEST(Trace, ReadsTimesInEveryForm) {
  const auto plain = parse_trace(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n"
      "2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8\n",
      "t.csv");
  ASSERT_TRUE(plain.has_value()) << plain.error().text();
  ASSERT_EQ(plain->rows.size(), 2u);
  EXPECT_TRUE(plain->has_lengths);
  EXPECT_EQ(plain->rows[0].at_ns, 0);
  EXPECT_EQ(plain->rows[0].tokens, 4808u);
  EXPECT_EQ(plain->rows[1].at_ns, 52'000'000);
  EXPECT_NEAR(plain->rate(), 1 / 0.052, 1e-9);

  const auto zoned = parse_trace("who,time\na,2026-01-01T00:00:02+08:00\nb,2026-01-01T00:00:01.5+08:00\n", "t.csv");
  ASSERT_TRUE(zoned.has_value()) << zoned.error().text();
  EXPECT_FALSE(zoned->has_lengths);
  EXPECT_EQ(zoned->rows[1].at_ns, 500'000'000);  // any order

  const auto seconds = parse_trace("tokens,arrival\n3,10.25\n0,10.5\n", "t.csv");
  ASSERT_TRUE(seconds.has_value()) << seconds.error().text();
  EXPECT_EQ(seconds->rows[1].at_ns, 250'000'000);
  EXPECT_EQ(seconds->rows[1].tokens, 1u);  // no text is empty

  const auto millis = parse_trace("timestamp_ms,input_length\n1000,3\n1250,4\n", "t.csv");
  ASSERT_TRUE(millis.has_value()) << millis.error().text();
  EXPECT_EQ(millis->rows[1].at_ns, 250'000'000);
}

TEST(Trace, NamesWhatIsWrongAndWhere) {
  const auto where = [](std::string_view csv) { return parse_trace(csv, "t.csv").error().where; };
  EXPECT_EQ(where(""), "t.csv");
  EXPECT_EQ(where("timestamp\n"), "t.csv");
  EXPECT_EQ(where("when,tokens\n1,2\n"), "t.csv:1:1");
  EXPECT_EQ(where("timestamp,tokens\n1,2\nnoon,3\n"), "t.csv:3:1");
  EXPECT_EQ(where("timestamp,tokens\n1,2\n2,-3\n"), "t.csv:3:3");
  EXPECT_EQ(where("timestamp,tokens\n1,2\n2\n"), "t.csv:3:1");
  EXPECT_EQ(where("timestamp\n1e300\n"), "t.csv:2:1");
  EXPECT_EQ(where("timestamp\n-9e9\n9e9\n"), "t.csv");
  EXPECT_EQ(where("timestamp\n\"1\n"), "t.csv:2:1");
  EXPECT_EQ(read_trace("no/such/file").error().code, Code::kNotFound);
}

TEST(Trace, ASingleRowHasNoRate) {
  EXPECT_EQ(parse_trace("ts\n5\n", "t.csv")->rate(), 0);
  EXPECT_EQ(parse_trace("ts\n5\n5\n", "t.csv")->rate(), 0);
}

}  // namespace
}  // namespace fovea::load
