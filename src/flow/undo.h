// Taking back what was done for an event.
// Journey: order → one transaction: what has not begun is cancelled, what is committed becomes `undoing` with its
// compensation filled in, and the audit log gets an entry. Compensations are then driven last effect first (settle.h,
// or the Runner; a crash loses none). A compensation that fails is a dead letter; those of earlier effects go on.
// Errors: kNotFound (no such event, no such effect), kUnavailable (an effect is being done right now),
// kFailedPrecondition (nothing to take back; a compensation that cannot be filled in; a hold that is over).
#pragma once

#include <string>
#include <vector>

#include "flow/desk.h"

namespace fovea::flow {

struct UndoStep {
  enum class What { kCancel, kUndo, kImpossible };
  What what = What::kUndo;
  record::Effect effect;
  Json undo;        // {kind, arguments}; null: by the kind's own means
  std::string why;  // kImpossible
};

struct UndoPlan {
  store::Found found;
  std::vector<UndoStep> steps;  // in the order in which they are taken
};

// What an order would do. Changes nothing.
Result<UndoPlan> plan_undo(store::Store& store, const file::FlowFile& flow, const std::string& id);

// Keeps the order. Steps that are impossible are left out; with nothing but those it is an error.
Result<UndoPlan> order_undo(const Desk& desk, const std::string& id, const std::string& by);

// Stops an effect during its hold; it is never begun.
Result<record::Effect> cancel_hold(const Desk& desk, int64_t effect, const std::string& by);

}  // namespace fovea::flow
