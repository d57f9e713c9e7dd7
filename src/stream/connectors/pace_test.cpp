#include "stream/connectors/pace.h"

#include <gtest/gtest.h>

#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

using std::chrono::seconds;

constexpr int64_t kSecond = 1'000'000'000;

// `per_second` events are kept in each of `count` seconds, with work all the time.
uint64_t work(Pace& pace, int64_t& at, uint64_t kept, uint64_t per_second, int count) {
  for (int i = 0; i < count; ++i) {
    pace.look({at}, kept, true);
    at += kSecond, kept += per_second;
  }
  pace.look({at}, kept, true);
  return kept;
}

TEST(Pace, FollowsWhatWaitsAndHowFastItGoes) {
  Pace pace;
  EXPECT_EQ(pace.until_through(10'000), seconds(1)) << "nothing is known";
  int64_t at = 7 * kSecond;
  uint64_t kept = work(pace, at, 0, 500, 10);
  EXPECT_EQ(pace.until_through(10'000), seconds(20));
  EXPECT_EQ(pace.until_through(2'600), seconds(6)) << "rounded up";
  EXPECT_EQ(pace.until_through(3), seconds(1));
  EXPECT_EQ(pace.until_through(1'000'000), seconds(kRetryAfterMax));
  kept = work(pace, at, kept, 5'000, 30);
  EXPECT_LE(pace.until_through(10'000), seconds(3)) << "it became faster";
  work(pace, at, kept, 0, 60);
  EXPECT_EQ(pace.until_through(10), seconds(kRetryAfterMax)) << "it stands still";
}

TEST(Pace, IdleTimeIsNoWork) {
  Pace pace;
  int64_t at = 0;
  const uint64_t kept = work(pace, at, 0, 100, 5);
  pace.look({at}, kept, false);
  at += 3600 * kSecond;
  pace.look({at}, kept, false);
  EXPECT_EQ(pace.until_through(1'000), seconds(10));
  pace.look({at - 10 * kSecond}, kept, true);  // the clock was set back
  pace.look({at - 20 * kSecond}, kept, true);
  EXPECT_EQ(pace.until_through(1'000), seconds(10));
}

}  // namespace
}  // namespace fovea::connectors
