#include "act/ledger.h"

#include <gtest/gtest.h>

#include <set>

namespace fovea::act {
namespace {

using State = record::EffectState;

TEST(Ledger, EveryPairOfStates) {
  // from → to: rows held, pending, attempted, committed, failed, undoing, undone, cancelled.
  const char* kTable[8] = {
      ".xx.x..x",  // held
      "..x.x..x",  // pending
      ".x.xx...",  // attempted
      ".....x..",  // committed
      ".x......",  // failed
      "....x.x.",  // undoing
      "........",  // undone
      "........",  // cancelled
  };
  for (int from = 0; from < 8; ++from) {
    for (int to = 0; to < 8; ++to) {
      State a = static_cast<State>(from), b = static_cast<State>(to);
      EXPECT_EQ(may_follow(a, b), kTable[from][to] == 'x') << record::state_name(a) << " → " << record::state_name(b);
      EXPECT_EQ(check_step(a, b).has_value(), may_follow(a, b));
    }
  }
  EXPECT_EQ(check_step(State::kUndone, State::kPending).error().message,
            "an effect that is undone cannot become pending");
}

TEST(Ledger, EveryStateReachesAnEnd) {
  for (int start = 0; start < 8; ++start) {
    std::set<int> reached = {start};
    for (int round = 0; round < 8; ++round) {
      for (int from : std::set<int>(reached)) {
        for (int to = 0; to < 8; ++to) {
          if (may_follow(static_cast<State>(from), static_cast<State>(to))) reached.insert(to);
        }
      }
    }
    bool ends = false;
    for (int state : reached) ends = ends || settled(static_cast<State>(state));
    EXPECT_TRUE(ends) << start;
  }
}

TEST(Ledger, UndoGoesBackwards) {
  std::vector<record::Effect> effects(8);
  for (int i = 0; i < 8; ++i) {
    effects[i].id = 10 + i;
    effects[i].state = static_cast<State>(i);
  }
  using What = UndoStep::What;
  std::vector<std::pair<int64_t, What>> steps;
  for (const UndoStep& step : plan_undo(effects)) steps.emplace_back(step.effect, step.what);
  std::vector<std::pair<int64_t, What>> expected = {
      {15, What::kUndo}, {13, What::kUndo}, {12, What::kWait}, {11, What::kCancel}, {10, What::kCancel}};
  EXPECT_EQ(steps, expected);
  EXPECT_TRUE(plan_undo({}).empty());
}

}  // namespace
}  // namespace fovea::act
