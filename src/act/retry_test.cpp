#include "act/retry.h"

#include <gtest/gtest.h>

#include "act/ledger.h"

namespace fovea::act {
namespace {

using State = record::EffectState;
using Kind = record::Outcome::Kind;
using std::chrono::seconds;

const TimePoint kNow{1'700'000'000'000'000'000};

Next next(Kind kind, Phase phase, int attempts, Nanos retry_after = Nanos(0)) {
  record::Effect effect;
  effect.id = 5;
  effect.attempts = attempts;
  RetryPolicy policy{.attempts_max = 3, .first = seconds(1), .longest = seconds(10), .jitter = 0};
  return next_state(effect, phase, {kind, nullptr, kind == Kind::kDone ? "" : "cause", retry_after}, policy, kNow);
}

TEST(Retry, DoubledUpToTheLongestAndRepeatable) {
  RetryPolicy policy{.attempts_max = 8, .first = seconds(1), .longest = seconds(60), .jitter = 0};
  int64_t expected[] = {1, 2, 4, 8, 16, 32, 60, 60};
  for (int i = 0; i < 8; ++i) EXPECT_EQ(backoff(i + 1, policy, 7), seconds(expected[i]));
  EXPECT_EQ(backoff(1000, policy, 7), seconds(60));
  policy.jitter = 0.5;
  std::vector<Nanos> waits;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Nanos wait = backoff(3, policy, seed);
    EXPECT_GT(wait, seconds(2));
    EXPECT_LE(wait, seconds(4));
    EXPECT_EQ(wait, backoff(3, policy, seed));
    waits.push_back(wait);
  }
  std::ranges::sort(waits);
  EXPECT_GT(waits.back() - waits.front(), seconds(1));  // they do not all come at once
}

TEST(Retry, AfterAnAttempt) {
  Next n = next(Kind::kDone, Phase::kPerform, 0);
  EXPECT_TRUE(n.state == State::kCommitted && n.attempts == 1 && !n.dead && n.last_error.empty());
  n = next(Kind::kRetry, Phase::kPerform, 0);
  EXPECT_TRUE(n.state == State::kPending && n.attempts == 1 && n.not_before == kNow + seconds(1));
  EXPECT_EQ(n.last_error, "cause");
  n = next(Kind::kRetry, Phase::kPerform, 1);
  EXPECT_TRUE(n.state == State::kPending && n.not_before == kNow + seconds(2));
  n = next(Kind::kRetry, Phase::kPerform, 2);
  EXPECT_TRUE(n.state == State::kFailed && n.dead && n.attempts == 3);
  n = next(Kind::kFailed, Phase::kPerform, 0);
  EXPECT_TRUE(n.state == State::kFailed && n.dead);
  n = next(Kind::kUnknown, Phase::kPerform, 0);
  EXPECT_TRUE(n.state == State::kAttempted && n.reconcile && !n.dead);
}

TEST(Retry, TheOtherSidesWaitIsHonouredWithinReason) {
  EXPECT_EQ(next(Kind::kRetry, Phase::kPerform, 0, seconds(30)).not_before, kNow + seconds(30));
  EXPECT_EQ(next(Kind::kRetry, Phase::kPerform, 1, seconds(1)).not_before, kNow + seconds(2));
  EXPECT_EQ(next(Kind::kRetry, Phase::kPerform, 0, std::chrono::hours(1000)).not_before, kNow + std::chrono::hours(24));
}

TEST(Retry, AfterAskingWhatHappened) {
  EXPECT_EQ(next(Kind::kDone, Phase::kReconcile, 1).state, State::kCommitted);
  Next n = next(Kind::kRetry, Phase::kReconcile, 1);
  EXPECT_TRUE(n.state == State::kPending && n.attempts == 1 && n.not_before == kNow);
  EXPECT_TRUE(next(Kind::kRetry, Phase::kReconcile, 3).dead);
  EXPECT_TRUE(next(Kind::kUnknown, Phase::kReconcile, 1).dead);  // nobody can say
  n = next(Kind::kUnknown, Phase::kReconcile, 1, seconds(1));    // could not be asked
  EXPECT_TRUE(n.state == State::kAttempted && n.reconcile && n.attempts == 2);
  EXPECT_TRUE(next(Kind::kUnknown, Phase::kReconcile, 2, seconds(1)).dead);
}

TEST(Retry, AnUndoIsDoneAgainUntilItIsDone) {
  EXPECT_EQ(next(Kind::kDone, Phase::kUndo, 0).state, State::kUndone);
  EXPECT_EQ(next(Kind::kRetry, Phase::kUndo, 0).state, State::kUndoing);
  EXPECT_EQ(next(Kind::kUnknown, Phase::kUndo, 0).state, State::kUndoing);
  EXPECT_TRUE(next(Kind::kRetry, Phase::kUndo, 2).dead);
  EXPECT_TRUE(next(Kind::kFailed, Phase::kUndo, 0).dead);
}

TEST(Retry, OnlyMakesStepsThatTheLedgerHas) {
  for (Kind kind : {Kind::kDone, Kind::kRetry, Kind::kFailed, Kind::kUnknown}) {
    for (int attempts = 0; attempts < 4; ++attempts) {
      for (Nanos wait : {Nanos(0), Nanos(seconds(1))}) {
        for (Phase phase : {Phase::kPerform, Phase::kReconcile, Phase::kUndo}) {
          State from = phase == Phase::kUndo ? State::kUndoing : State::kAttempted;
          State to = next(kind, phase, attempts, wait).state;
          EXPECT_TRUE(to == from || may_follow(from, to));
        }
      }
    }
  }
}

}  // namespace
}  // namespace fovea::act
