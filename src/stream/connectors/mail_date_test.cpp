#include "stream/connectors/mail_date.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

TEST(MailDate, AsWritersWriteThem) {
  for (std::string_view text :
       {"Mon, 09 Mar 2026 10:00:00 +0100", "9 Mar 2026 10:00:00 +0100", "Mon, 9 Mar 2026 09:00:00 GMT",
        "Mon, 09 Mar 2026 10:00:00 +0100 (CET)", "Mon,  9 Mar 2026 04:00:00 -0500", "2026-03-09T09:00:00Z"}) {
    auto time = parse_mail_date(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_rfc3339(*time), "2026-03-09T09:00:00Z") << text;
  }
  for (std::string_view text : {"", "yesterday", "32 Foo 2026", "2026年3月9日"})
    EXPECT_FALSE(parse_mail_date(text)) << text;
}

TEST(MailDate, AtTheToleranceAndPastIt) {
  TimePoint received = *parse_rfc3339("2026-03-09T00:00:00Z");
  auto choose = [&](TimePoint claimed) { return choose_mail_time(format_rfc3339(claimed), received, TimePoint{}); };
  EXPECT_EQ(choose(received + kFutureTolerance).problem, "");
  EXPECT_EQ(choose(received + kFutureTolerance + std::chrono::seconds(1)).problem, "forged");
  EXPECT_EQ(choose(received + kFutureTolerance + std::chrono::seconds(1)).time, received);
  EXPECT_EQ(choose(*parse_rfc3339("1990-01-01T00:00:00Z")).problem, "");
  EXPECT_EQ(choose(*parse_rfc3339("1989-12-31T23:59:59Z")).problem, "forged");
}

TEST(MailDate, OfAReceivedHeader) {
  EXPECT_EQ(format_rfc3339(*received_date("from a by b\n\tfor <c>; Mon, 9 Mar 2026 10:00:00 +0100")),
            "2026-03-09T09:00:00Z");
  EXPECT_FALSE(received_date("from a by b"));
  EXPECT_FALSE(received_date("from a by b; Thu, 1 Jan 1970 00:00:00 +0000"));
}

}  // namespace
}  // namespace fovea::connectors
