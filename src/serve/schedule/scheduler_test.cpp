#include "serve/schedule/scheduler.h"

#include <gtest/gtest.h>

namespace fovea::schedule {
namespace {

using std::chrono::milliseconds;
using Why = Refusal::Why;

constexpr double kMs = 1e6;

// A model that takes a millisecond a token.
class SchedulerTest : public ::testing::Test {
 protected:
  explicit SchedulerTest(SchedulerOptions options = {}) : scheduler_(options) {
    scheduler_.add_model(1, CostModel(0, kMs, 0), 10);
  }
  Request request(int64_t tokens, Nanos deadline, Priority priority = Priority::kStandard, std::string tenant = "a") {
    return {++ids_, 1, priority, std::move(tenant), tokens, 10, deadline};
  }
  std::optional<Refusal> offer(int64_t tokens, Nanos deadline, Priority priority = Priority::kStandard,
                               std::string tenant = "a") {
    return scheduler_.offer(request(tokens, deadline, priority, std::move(tenant)), now_);
  }
  // Takes and finishes groups until nothing waits; the requests in the order in which they were done.
  std::vector<uint64_t> drain() {
    std::vector<uint64_t> done;
    while (auto group = scheduler_.take(now_)) {
      done.insert(done.end(), group->requests.begin(), group->requests.end());
      now_ += group->expected;
      scheduler_.finish(group->id, now_, group->expected);
    }
    return done;
  }

  Scheduler scheduler_;
  Nanos now_{0};
  uint64_t ids_ = 0;
};

TEST_F(SchedulerTest, EarliestDeadlineFirstInsideAClassClassesBefore) {
  EXPECT_FALSE(offer(1, milliseconds(900)));
  EXPECT_FALSE(offer(1, milliseconds(700)));
  EXPECT_FALSE(offer(1, milliseconds(800), Priority::kBatch));
  EXPECT_FALSE(offer(1, milliseconds(950), Priority::kInteractive));
  EXPECT_EQ(drain(), (std::vector<uint64_t>{4, 2, 1, 3}));
}

TEST_F(SchedulerTest, AGroupHasAsManyRequestsAsItsModelTakes) {
  const std::pair<size_t, std::vector<size_t>> cases[] = {{1, {1, 1, 1, 1, 1}}, {2, {2, 2, 1}}, {0, {1, 1, 1, 1, 1}}};
  for (const auto& [most, sizes] : cases) {
    scheduler_.add_model(1, CostModel(0, kMs, 0), 10, most);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(offer(1, now_ + milliseconds(500)));
    std::vector<size_t> seen;
    while (auto group = scheduler_.take(now_)) {
      seen.push_back(group->requests.size());
      now_ += group->expected;
      scheduler_.finish(group->id, now_, group->expected);
    }
    EXPECT_EQ(seen, sizes) << most;
  }
}

TEST_F(SchedulerTest, WhatCannotBeInTimeIsRefusedOnArrival) {
  EXPECT_FALSE(offer(100, milliseconds(150)));
  const auto refused = offer(50, milliseconds(149));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->why, Why::kOverloaded);
  EXPECT_GT(refused->retry_after, milliseconds(0));
  EXPECT_LT(refused->retry_after, milliseconds(200));
  EXPECT_EQ(offer(50, milliseconds(40))->why, Why::kTooLate);
  EXPECT_EQ(drain(), std::vector<uint64_t>{1});
}

TEST_F(SchedulerTest, AnEarlierDeadlineMayNotMakeAnAdmittedRequestLate) {
  EXPECT_FALSE(offer(100, milliseconds(150)));
  EXPECT_EQ(offer(60, milliseconds(140))->why, Why::kOverloaded);
}

// What a slow spell taught is forgotten where it lets nothing be admitted.
TEST_F(SchedulerTest, AnIdleServerDoesNotRefuseForEver) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(offer(10, now_ + milliseconds(100000)));
    const auto group = scheduler_.take(now_);
    now_ += milliseconds(200);
    scheduler_.finish(group->id, now_, milliseconds(200));
  }
  EXPECT_EQ(offer(10, now_ + milliseconds(50))->why, Why::kTooLate);
  int refused = 0;
  while (refused < 1000 && offer(10, now_ + milliseconds(50))) ++refused;
  EXPECT_LT(refused, 300);
}

TEST_F(SchedulerTest, OfAModelThatIsNotThere) {
  Request other = request(1, milliseconds(100));
  other.model = 7;
  EXPECT_EQ(scheduler_.offer(other, now_)->why, Why::kNoModel);
}

TEST_F(SchedulerTest, ARemovedModelNamesWhatWaitedForIt) {
  EXPECT_FALSE(offer(1, milliseconds(100)));
  EXPECT_FALSE(offer(1, milliseconds(100)));
  scheduler_.remove_model(1);
  EXPECT_EQ(scheduler_.take_late(), (std::vector<uint64_t>{1, 2}));
  EXPECT_FALSE(scheduler_.take(now_));
}

TEST_F(SchedulerTest, WhatBecameLateIsNamedNotComputed) {
  EXPECT_FALSE(offer(10, milliseconds(30)));
  EXPECT_FALSE(offer(10, milliseconds(500)));
  now_ = milliseconds(25);
  EXPECT_EQ(drain(), std::vector<uint64_t>{2});
  EXPECT_EQ(scheduler_.take_late(), std::vector<uint64_t>{1});
}

TEST_F(SchedulerTest, WhatIsOverdueIsComputedWhileItIsOfUse) {
  for (int i = 0; i < 3; ++i) {
    Request asked = request(10, milliseconds(100));
    asked.useful = milliseconds(i == 2 ? 103 : 130);
    EXPECT_FALSE(scheduler_.offer(asked, now_));
  }
  now_ = milliseconds(95);
  const auto group = scheduler_.take(now_);
  ASSERT_TRUE(group);
  EXPECT_TRUE(group->overdue);
  EXPECT_EQ(group->deadline, milliseconds(130));
  EXPECT_EQ(group->requests, (std::vector<uint64_t>{1, 2})) << "together: their deadlines are behind them";
  now_ += group->expected;
  scheduler_.finish(group->id, now_, group->expected);
  EXPECT_FALSE(scheduler_.take(now_));
  EXPECT_EQ(scheduler_.take_late(), (std::vector<uint64_t>{3}));
}

TEST_F(SchedulerTest, GroupsTakeWhatTheirTokensAndDeadlinesAllow) {
  scheduler_.add_model(1, CostModel(6 * kMs, kMs, 0), 10);  // groups of 256 tokens and more save 2 % of 6 ms
  EXPECT_FALSE(offer(20, milliseconds(2000)));
  EXPECT_FALSE(offer(20, milliseconds(2001)));
  EXPECT_FALSE(offer(250, milliseconds(2002)));
  EXPECT_FALSE(offer(20, milliseconds(2003)));
  const auto group = scheduler_.take(now_);
  EXPECT_EQ(group->requests, (std::vector<uint64_t>{1, 2, 4}));  // 250 more would be over the group's 256
  EXPECT_EQ(group->work.tokens, 60);
  EXPECT_EQ(group->deadline, milliseconds(2000));
}

// It passes over what doesn't fit into it only as far as that can spare the time.
TEST_F(SchedulerTest, AGroupDoesNotMakeLateWhatItPassesOver) {
  for (const auto& [deadline, taken] : {std::pair<int, size_t>{400, 2}, {146, 1}}) {
    scheduler_.add_model(1, CostModel(0, kMs, 0), 10);  // groups of 32 tokens
    const uint64_t before = ids_;
    EXPECT_FALSE(offer(20, now_ + milliseconds(100)));
    EXPECT_FALSE(offer(90, now_ + milliseconds(deadline)));
    EXPECT_FALSE(offer(12, now_ + milliseconds(deadline + 50)));
    EXPECT_EQ(scheduler_.take(now_)->requests.size(), taken) << deadline;
    for (uint64_t id = before + 1; id <= ids_; ++id) scheduler_.cancel(id);
    scheduler_.finish(taken == 2 ? 1 : 2, now_, milliseconds(0));
  }
}

// Given up in the queue, one alone and two at once: each is a step more of reserve.
TEST_F(SchedulerTest, EachBrokenPromiseIsHeeded) {
  const auto after_broken = [&](size_t promises) {
    scheduler_ = Scheduler({});
    scheduler_.add_model(1, CostModel(0, kMs, 0), 10);
    for (size_t i = 0; i < promises; ++i) EXPECT_FALSE(offer(10, now_ + milliseconds(100)));
    now_ += milliseconds(200);
    EXPECT_FALSE(scheduler_.take(now_));
    EXPECT_EQ(scheduler_.take_late().size(), promises);
    int64_t let_in = 0;
    while (!offer(10, now_ + milliseconds(1000))) ++let_in;
    return let_in;
  };
  const int64_t none = after_broken(0), one = after_broken(1), two = after_broken(2);
  EXPECT_GT(none, one);
  EXPECT_GT(one, two);
}

// One that could not wait for a turn of its own goes with the group before it, though that is full.
TEST_F(SchedulerTest, WhatCannotWaitIsTakenAlong) {
  scheduler_.add_model(1, CostModel(0, kMs, 0, 10 * kMs), 10);
  EXPECT_FALSE(offer(30, milliseconds(60)));
  EXPECT_FALSE(offer(4, milliseconds(60)));
  scheduler_.add_model(1, CostModel(0, kMs, 0, 28 * kMs), 10);  // since then a group takes longer
  const auto group = scheduler_.take(milliseconds(10));
  EXPECT_EQ(group->requests, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(group->work.tokens, 34);
}

TEST_F(SchedulerTest, AGroupDoesNotMakeItsOwnHeadLate) {
  EXPECT_FALSE(offer(20, milliseconds(60)));
  EXPECT_FALSE(offer(100, milliseconds(1000)));
  EXPECT_EQ(scheduler_.take(now_)->requests, std::vector<uint64_t>{1});
}

TEST_F(SchedulerTest, CancelledIsNotComputed) {
  EXPECT_FALSE(offer(10, milliseconds(300)));
  EXPECT_FALSE(offer(10, milliseconds(300)));
  EXPECT_TRUE(scheduler_.cancel(1));
  EXPECT_FALSE(scheduler_.cancel(1));
  EXPECT_EQ(drain(), std::vector<uint64_t>{2});
  EXPECT_FALSE(scheduler_.cancel(2));
}

class TwoTenants : public SchedulerTest {
 protected:
  TwoTenants() : SchedulerTest({.group_tokens = 20, .tenant_lead_tokens = 40}) {}
};

// One asks for ten times as much, and earlier: they get as many tokens while both wait.
TEST_F(TwoTenants, ShareByTokens) {
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(offer(10, milliseconds(4000 + i), Priority::kStandard, "greedy"));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(offer(10, milliseconds(8000 + i), Priority::kStandard, "modest"));
  int greedy = 0, modest = 0;
  while (modest < 10) {
    const auto group = scheduler_.take(now_);
    ASSERT_TRUE(group);
    for (uint64_t id : group->requests) ++(id <= 100 ? greedy : modest);
    now_ += group->expected;
    scheduler_.finish(group->id, now_, group->expected);
    EXPECT_LE(std::abs(greedy - modest), 8) << "40 tokens of lead and two groups";
  }
}

class Ageing : public SchedulerTest {
 protected:
  Ageing() : SchedulerTest({.group_tokens = 10, .ageing = milliseconds(100)}) {}
};

// A stream of interactive work that never ends: batch comes to its turn.
TEST_F(Ageing, BatchDoesNotStarve) {
  EXPECT_FALSE(offer(10, milliseconds(5000), Priority::kBatch));
  for (int i = 0; i < 1000; ++i) {
    offer(10, now_ + milliseconds(400), Priority::kInteractive);
    offer(10, now_ + milliseconds(400), Priority::kInteractive);
    const auto group = scheduler_.take(now_);
    now_ += group->expected;
    scheduler_.finish(group->id, now_, group->expected);
    if (group->requests.front() == 1) {
      EXPECT_GE(now_, milliseconds(200));
      return;
    }
    ASSERT_LT(now_, milliseconds(5000));
  }
  FAIL() << "never";
}

class Bounds : public SchedulerTest {
 protected:
  Bounds() : SchedulerTest({.waiting_max = 5, .tokens_max = 100, .bytes_max = 1000}) {}
};

TEST_F(Bounds, TokensBytesAndRequestsThatWait) {
  const Nanos late = std::chrono::hours(1);
  EXPECT_FALSE(offer(60, late));
  EXPECT_EQ(offer(60, late)->why, Why::kQueueFull);
  EXPECT_GT(offer(60, late)->retry_after, milliseconds(50));
  Request heavy = request(1, late);
  heavy.bytes = 1000;
  EXPECT_EQ(scheduler_.offer(heavy, now_)->why, Why::kQueueFull);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(offer(1, late));
  EXPECT_EQ(offer(1, late)->why, Why::kQueueFull);
  EXPECT_EQ(scheduler_.waiting_tokens(), 64);
}

// While one of 200 tokens runs, one comes that can't wait for its end but for the next layer.
TEST_F(SchedulerTest, AnUrgentRequestPassesALongOne) {
  EXPECT_FALSE(offer(200, milliseconds(2000), Priority::kBatch));
  const auto slow = scheduler_.take(now_);
  now_ = milliseconds(20);
  EXPECT_FALSE(scheduler_.take_urgent(slow->id, now_));
  EXPECT_FALSE(offer(5, milliseconds(60), Priority::kInteractive)) << "it counts on a pause of the long one";
  const auto urgent = scheduler_.take_urgent(slow->id, now_);
  ASSERT_TRUE(urgent);
  EXPECT_EQ(urgent->requests, std::vector<uint64_t>{2});
  EXPECT_FALSE(scheduler_.take_urgent(urgent->id, now_)) << "one at a time";
  now_ += milliseconds(5);
  scheduler_.finish(urgent->id, now_, milliseconds(5));
  EXPECT_EQ(scheduler_.backlog(now_), milliseconds(180));
  EXPECT_FALSE(offer(5, milliseconds(1000), Priority::kInteractive));
  EXPECT_FALSE(scheduler_.take_urgent(slow->id, now_)) << "it can wait";
}

// Nothing that is admitted is early enough any more: the least class is turned away first.
TEST(Scheduler, QueueDelayShedsTheLastClass) {
  Scheduler scheduler({.group_tokens = 10, .delay_max = milliseconds(50)});
  scheduler.add_model(1, CostModel(0, kMs, 0), 1);
  Nanos now{0};
  uint64_t id = 0;
  const auto offer = [&](Priority priority) {
    return scheduler.offer({++id, 1, priority, "", 10, 1, now + std::chrono::seconds(5)}, now);
  };
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(offer(Priority::kStandard));
  for (int i = 0; i < 35; ++i) {
    const auto group = scheduler.take(now);
    now += group->expected;
    scheduler.finish(group->id, now, group->expected);
  }
  EXPECT_EQ(offer(Priority::kBatch)->why, Why::kOverloaded);
  EXPECT_EQ(offer(Priority::kStandard)->why, Why::kOverloaded);
  EXPECT_FALSE(offer(Priority::kInteractive));
  while (auto group = scheduler.take(now)) {
    now += group->expected;
    scheduler.finish(group->id, now, group->expected);
  }
  EXPECT_FALSE(offer(Priority::kBatch)) << "an empty queue delays nothing";
}

}  // namespace
}  // namespace fovea::schedule
