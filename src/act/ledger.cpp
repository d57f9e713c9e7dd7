#include "act/ledger.h"

#include <algorithm>

namespace fovea::act {
namespace {

using State = record::EffectState;

struct Step {
  State from, to;
};

// Every step there is.
constexpr Step kSteps[] = {
    {State::kHeld, State::kPending},         // the hold is over
    {State::kHeld, State::kAttempted},       // the hold is over and it is done in the same turn
    {State::kHeld, State::kCancelled},       // stopped during its hold
    {State::kHeld, State::kFailed},          // its arguments are refused
    {State::kPending, State::kAttempted},    //
    {State::kPending, State::kCancelled},    // stopped before it began
    {State::kPending, State::kFailed},       // its arguments are refused
    {State::kAttempted, State::kCommitted},  //
    {State::kAttempted, State::kPending},    // did not happen; again later
    {State::kAttempted, State::kFailed},     // a dead letter
    {State::kCommitted, State::kUndoing},    //
    {State::kUndoing, State::kUndone},       //
    {State::kUndoing, State::kFailed},       // could not be undone; a dead letter
    {State::kFailed, State::kPending},       // a person asked for it again
};

}  // namespace

bool may_follow(State from, State to) {
  return std::ranges::any_of(kSteps, [&](const Step& step) { return step.from == from && step.to == to; });
}

Result<void> check_step(State from, State to) {
  if (may_follow(from, to)) return {};
  return fail(Code::kFailedPrecondition, "an effect that is " + std::string(record::state_name(from)) +
                                             " cannot become " + std::string(record::state_name(to)));
}

bool settled(State state) {
  return state == State::kCommitted || state == State::kFailed || state == State::kUndone || state == State::kCancelled;
}

std::vector<UndoStep> plan_undo(std::span<const record::Effect> effects) {
  std::vector<UndoStep> plan;
  for (const record::Effect& effect : effects) {
    switch (effect.state) {
      case State::kHeld:
      case State::kPending:
        plan.push_back({effect.id, UndoStep::What::kCancel});
        break;
      case State::kAttempted:
        plan.push_back({effect.id, UndoStep::What::kWait});
        break;
      case State::kCommitted:
      case State::kUndoing:
        plan.push_back({effect.id, UndoStep::What::kUndo});
        break;
      case State::kFailed:
      case State::kUndone:
      case State::kCancelled:
        break;
    }
  }
  std::ranges::stable_sort(plan, [](const UndoStep& a, const UndoStep& b) { return a.effect > b.effect; });
  return plan;
}

}  // namespace fovea::act
