// The state machine of an effect: which state may follow which, and the order of undoing.
#pragma once

#include <span>
#include <vector>

#include "record/effect.h"

namespace fovea::act {

bool may_follow(record::EffectState from, record::EffectState to);
Result<void> check_step(record::EffectState from, record::EffectState to);  // kFailedPrecondition, naming both
bool settled(record::EffectState state);                                    // nothing more happens by itself

struct UndoStep {
  enum class What { kCancel, kUndo, kWait };  // kWait: attempted, its end unknown; settle it first
  int64_t effect = 0;                         // its id
  What what = What::kUndo;
};

// What undoing an event means, last effect first: cancel what has not begun, undo what is committed. Effects that
// failed, are undone or cancelled need nothing.
std::vector<UndoStep> plan_undo(std::span<const record::Effect> effects);

}  // namespace fovea::act
