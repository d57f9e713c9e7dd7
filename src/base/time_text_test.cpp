#include "base/time_text.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(TimeText, ReadsRfc3339) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z")->ns, 0);
  EXPECT_EQ(parse_rfc3339("2026-09-01T08:00:00+08:00")->ns, parse_rfc3339("2026-09-01T00:00:00Z")->ns);
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.5Z")->ns, -500'000'000);
  EXPECT_EQ(parse_rfc3339("2024-02-29t12:00:00.123456789z")->ns % 1'000'000'000, 123'456'789);
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* bad :
       {"", "2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+0800", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "0001-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z", "2026-01-01X00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

TEST(TimeText, TimesGoBothWays) {
  for (int64_t ns : {int64_t{0}, int64_t{-1}, int64_t{1'789'000'000'123'000'000}, int64_t{951'782'400'000'000'000},
                     int64_t{-86'400'000'000'001}}) {
    auto back = parse_rfc3339(format_rfc3339({ns}));
    ASSERT_TRUE(back) << format_rfc3339({ns});
    EXPECT_EQ(back->ns, ns);
  }
  EXPECT_EQ(format_rfc3339({1'500'000'000}), "1970-01-01T00:00:01.500Z");
}

TEST(TimeText, CivilDaysGoBothWays) {
  for (int64_t day = -800'000; day < 800'000; day += 997) {
    CivilDate date = civil_from_days(day);
    EXPECT_EQ(days_from_civil(date.year, date.month, date.day), day);
  }
}

TEST(TimeText, DurationsNeedUnits) {
  EXPECT_EQ(parse_duration("200ms")->count(), 200'000'000);
  EXPECT_EQ(parse_duration("1h30m")->count(), 5'400'000'000'000);
  EXPECT_EQ(parse_duration("7d"), std::chrono::hours(168));
  EXPECT_EQ(parse_duration("0s")->count(), 0);
  for (const char* bad : {"", "5", "ms", "-5s", "5 s", "1.5s", "30m1h", "5x", "99999999999d", "1h1h"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_NE(parse_duration("5").error().hint, "");
}

TEST(TimeText, DurationsGoBothWays) {
  for (const char* text : {"1h30m", "200ms", "7d", "1s500ms", "3us", "0s"})
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
}

}  // namespace
}  // namespace fovea
