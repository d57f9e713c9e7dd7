#include "door/access/quota.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "door/access/limits.h"

namespace fovea::access {
namespace {

using Spent = Quota::Spent;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Quota, AMinutesRequestsAtOnceThenAtTheirPace) {
  Quota quota({60, 0, 0});
  const Nanos begin = seconds(1000);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(quota.begin(begin).spent, Spent::kNothing) << i;
  const auto refused = quota.begin(begin);
  EXPECT_EQ(refused.spent, Spent::kRequests);
  EXPECT_EQ(refused.retry_after, Nanos(seconds(1)));
  EXPECT_EQ(quota.begin(begin + milliseconds(999)).spent, Spent::kRequests);
  EXPECT_EQ(quota.begin(begin + refused.retry_after).spent, Spent::kNothing) << "it came when it was told to";
  EXPECT_EQ(quota.begin(begin + refused.retry_after).spent, Spent::kRequests);
}

TEST(Quota, AnIdleHourSavesNoMoreThanAMinute) {
  Quota quota({2, 0, 0});
  EXPECT_EQ(quota.begin(seconds(1)).spent, Spent::kNothing);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(quota.begin(std::chrono::hours(1)).spent, Spent::kNothing);
  EXPECT_EQ(quota.begin(std::chrono::hours(1)).spent, Spent::kRequests);
}

TEST(Quota, TokensAreChargedAfterwardsAndTheDebtIsWaitedFor) {
  Quota quota({0, 600, 0});  // 10 a second
  const Nanos begin = seconds(5);
  EXPECT_EQ(quota.begin(begin).spent, Spent::kNothing);
  quota.charge(700, begin);
  const auto refused = quota.begin(begin);
  EXPECT_EQ(refused.spent, Spent::kTokens);
  EXPECT_EQ(refused.retry_after, Nanos(milliseconds(10'100))) << "100 of debt and one to come";
  EXPECT_EQ(quota.begin(begin + refused.retry_after).spent, Spent::kNothing);
  quota.charge(-5, begin + refused.retry_after);  // a reply that counts nothing cannot fill the bucket
  EXPECT_EQ(quota.begin(begin + refused.retry_after + milliseconds(1)).spent, Spent::kNothing);
}

TEST(Quota, PlacesAreGivenBackAndRefusedOnesCostNothing) {
  Quota quota({10, 0, 2});
  EXPECT_EQ(quota.begin(seconds(1)).spent, Spent::kNothing);
  EXPECT_EQ(quota.begin(seconds(1)).spent, Spent::kNothing);
  for (int i = 0; i < 20; ++i) {
    const auto refused = quota.begin(seconds(1));
    EXPECT_EQ(refused.spent, Spent::kAtOnce);
    EXPECT_EQ(refused.retry_after, Nanos(kAtOnceRetry));
  }
  quota.end();
  EXPECT_EQ(quota.begin(seconds(1)).spent, Spent::kNothing) << "the refused ones used no requests";
  EXPECT_EQ(quota.under_way(), 2);
}

TEST(Quota, AClockThatGoesBackGivesNothing) {
  Quota quota({60, 0, 0});
  for (int i = 0; i < 60; ++i) EXPECT_EQ(quota.begin(seconds(100)).spent, Spent::kNothing);
  EXPECT_EQ(quota.begin(seconds(1)).spent, Spent::kRequests);
  EXPECT_EQ(quota.begin(seconds(100)).spent, Spent::kRequests);
}

TEST(Quota, ManyThreadsNeverPassTheLimits) {
  Quota quota({5000, 0, 4});
  std::atomic<int> admitted{0}, most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        if (quota.begin(seconds(1)).spent != Spent::kNothing) continue;
        ++admitted;
        const int now = static_cast<int>(quota.under_way());
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        quota.end();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(admitted, 5000);
  EXPECT_LE(most, 4);
  EXPECT_EQ(quota.under_way(), 0);
}

}  // namespace
}  // namespace fovea::access
