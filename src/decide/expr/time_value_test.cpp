#include "decide/expr/time_value.h"

#include <gtest/gtest.h>

namespace fovea::expr {
namespace {

TEST(TimeValue, ReadsAndWritesTimes) {
  EXPECT_EQ(read_timestamp("2009-02-13T23:31:30Z").value.seconds, 1234567890);
  EXPECT_EQ(read_timestamp("2009-02-14T07:31:30.25+08:00").value, (Seconds{1234567890, 250'000'000}));
  for (std::string_view bad :
       {"2009-02-30T00:00:00Z", "2009-02-13", "2009-02-13T24:00:00Z", "2009-02-13T00:00:00", "x"}) {
    EXPECT_EQ(read_timestamp(bad).problem, TimeProblem::kSyntax) << bad;
  }
  EXPECT_EQ(read_timestamp("10000-01-01T00:00:00Z").problem, TimeProblem::kRange);
  EXPECT_EQ(read_timestamp("0001-01-01T00:00:00+01:00").problem, TimeProblem::kRange);
  EXPECT_EQ(timestamp_text({-62'135'596'800, 1}), "0001-01-01T00:00:00.000000001Z");
}

TEST(TimeValue, ReadsAndWritesDurations) {
  EXPECT_EQ(read_duration("1h30m").value.seconds, 5400);
  EXPECT_EQ(read_duration("-1.5s").value, (Seconds{-2, 500'000'000}));
  EXPECT_EQ(read_duration("1d1ms").value, (Seconds{86'400, 1'000'000}));
  EXPECT_EQ(read_duration("5").problem, TimeProblem::kSyntax);
  EXPECT_EQ(read_duration("s").problem, TimeProblem::kSyntax);
  EXPECT_EQ(read_duration("99999999999999999999s").problem, TimeProblem::kRange);
  EXPECT_EQ(duration_text({-2, 500'000'000}), "-1.500s");
  EXPECT_EQ(duration_field({-2, 500'000'000}, Field::kSeconds), -1);
  EXPECT_EQ(duration_field({-2, 500'000'000}, Field::kMilliseconds), -500);
}

TEST(TimeValue, CalendarWithOffsets) {
  EXPECT_EQ(zone_offset("-02:30"), -9000);
  EXPECT_EQ(zone_offset("02:00"), 7200);
  EXPECT_EQ(zone_offset("Europe/Berlin"), std::nullopt);
  Seconds at{1234567890, 0};  // Friday, 2009-02-13 23:31:30
  EXPECT_EQ(calendar_field(at, 0, Field::kDayOfWeek), 5);
  EXPECT_EQ(calendar_field(at, 3600, Field::kDate), 14);
  EXPECT_EQ(calendar_field({-1, 0}, 0, Field::kYear), 1969);
  EXPECT_EQ(calendar_field({-1, 0}, 0, Field::kDayOfYear), 364);
}

}  // namespace
}  // namespace fovea::expr
