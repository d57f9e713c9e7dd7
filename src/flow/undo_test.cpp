#include "flow/undo.h"

#include "flow/kept_fixture.h"
#include "flow/settle.h"

namespace fovea::flow {
namespace {

class UndoTest : public KeptTest {
 protected:
  void act(int64_t seq) {
    Actor actor(*flow_, effectors_, clock_);
    ASSERT_TRUE(settle(desk(), actor, clock_, seq, std::chrono::seconds(30)));
  }
};

using States = std::map<std::string, std::string>;

TEST_F(UndoTest, GoesBackwardsAndCancelsWhatHasNotBegun) {
  take({"refund"});
  act(1);
  EXPECT_EQ(states(1), (States{{"note", "committed"}, {"call", "committed"}, {"later", "held"}}));
  done_.clear();
  auto plan = order_undo(desk(), "event-1", "ann");
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(states(1), (States{{"note", "undoing"}, {"call", "undoing"}, {"later", "cancelled"}}));
  act(1);
  EXPECT_EQ(states(1), (States{{"note", "undone"}, {"call", "undone"}, {"later", "cancelled"}}));
  std::vector<std::string> expected = {"do undo:call:event-1 http://127.0.0.1:9/x/T-2", "undo note:event-1"};
  EXPECT_EQ(done_, expected);
  EXPECT_EQ(log_->next_index(), 2u);
  EXPECT_EQ(first_bad(), "");
}

TEST_F(UndoTest, ACrashBetweenTwoCompensationsLosesNone) {
  take({"refund"});
  act(1);
  ASSERT_TRUE(order_undo(desk(), "event-1", "ann"));
  open(kTriage);
  done_.clear();
  act(1);
  EXPECT_EQ(done_.size(), 2u);
  EXPECT_EQ(states(1)["call"], "undone");
}

TEST_F(UndoTest, ACompensationThatFailsIsADeadLetterAndTheOthersGoOn) {
  take({"refund"});
  act(1);
  ASSERT_TRUE(order_undo(desk(), "event-1", "ann"));
  says_ = record::Outcome::Kind::kFailed;
  act(1);
  EXPECT_EQ(states(1), (States{{"note", "failed"}, {"call", "failed"}, {"later", "cancelled"}}));
  EXPECT_EQ(store_->dead_letters(10)->size(), 2u);
}

TEST_F(UndoTest, ItIsTriedAgainWithWhatTheEffectCameTo) {
  take({"refund"});
  act(1);
  ASSERT_TRUE(order_undo(desk(), "event-1", "ann"));
  says_ = record::Outcome::Kind::kRetry;
  Actor actor(*flow_, effectors_, clock_);
  ASSERT_TRUE(settle(desk(), actor, clock_, 1, Nanos(0)));
  EXPECT_EQ(states(1)["call"], "undoing");
  EXPECT_EQ(states(1)["note"], "undoing");
  says_ = record::Outcome::Kind::kDone;
  clock_.advance(std::chrono::minutes(10));
  done_.clear();
  act(1);
  EXPECT_EQ(done_.front(), "do undo:call:event-1 http://127.0.0.1:9/x/T-2");
  EXPECT_EQ(states(1)["note"], "undone");
}

TEST_F(UndoTest, AFlowThatForgotItsUndoSaysSo) {
  take({"refund"});
  act(1);
  std::string text = kTriage;
  size_t at = text.find(",\n            undo:");
  text.replace(at, text.find("} } }", at) + 5 - at, " }");
  open(text);
  auto plan = plan_undo(*store_, *flow_, "event-1");
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->steps.size(), 3u);
  EXPECT_EQ(plan->steps[1].what, UndoStep::What::kImpossible);
  EXPECT_NE(plan->steps[1].why.find("no longer"), std::string::npos);
  ASSERT_TRUE(order_undo(desk(), "event-1", "ann"));
  EXPECT_EQ(states(1)["call"], "committed");
  EXPECT_EQ(states(1)["note"], "undoing");
}

TEST_F(UndoTest, NothingToTakeBackIsAnError) {
  take({"hello"});
  EXPECT_EQ(order_undo(desk(), "event-1", "ann").error().code, Code::kFailedPrecondition);
  EXPECT_EQ(order_undo(desk(), "nobody", "ann").error().code, Code::kNotFound);
  EXPECT_EQ(log_->next_index(), 1u);
}

TEST_F(UndoTest, WhatIsBeingDoneHasToEndFirst) {
  take({"refund"});
  store::Turn turn;
  turn.now = clock_.now();
  store::EffectChange change;
  change.id = 1, change.seq = 1, change.state = record::EffectState::kAttempted;
  turn.effect_changes.push_back(change);
  ASSERT_TRUE(store_->commit(turn));
  EXPECT_EQ(order_undo(desk(), "event-1", "ann").error().code, Code::kUnavailable);
}

TEST_F(UndoTest, AHoldIsCancelledOnceAndProven) {
  take({"refund"});
  auto held = store_->effects_in(record::EffectState::kHeld, 10);
  ASSERT_EQ(held->size(), 1u);
  auto cancelled = cancel_hold(desk(), held->front().id, "ann");
  ASSERT_TRUE(cancelled) << cancelled.error().text();
  EXPECT_EQ(cancel_hold(desk(), held->front().id, "ann").error().code, Code::kFailedPrecondition);
  EXPECT_EQ(cancel_hold(desk(), 77, "ann").error().code, Code::kNotFound);
  clock_.advance(std::chrono::hours(1));
  act(1);
  EXPECT_EQ(states(1)["later"], "cancelled");
  EXPECT_EQ(first_bad(), "");
}

}  // namespace
}  // namespace fovea::flow
