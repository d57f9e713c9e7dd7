// Something that is to be done to the world because of a decision, and what came of it.
// Journey: intended by flow in the decision's transaction; done by act; its outcome kept by store.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/json.h"

namespace fovea::record {

// held → pending → attempted → committed → undone, or → failed (dead letter). cancelled: stopped during its hold.
enum class EffectState { kHeld, kPending, kAttempted, kCommitted, kFailed, kUndoing, kUndone, kCancelled };
std::string_view state_name(EffectState state);
Result<EffectState> state_from_name(std::string_view name);

struct Effect {
  int64_t id = 0;    // given by the store, in the order of intent; undo goes the other way
  int64_t seq = 0;   // its event's place in the journal
  std::string name;  // its name in the flow ("ticket")
  std::string kind;  // append, move, http, mail
  std::string key;   // idempotency key: NAME ":" the flow's key expression; unique per flow
  std::string event_id, source, flow;
  Json arguments;        // what the kind needs, all templates filled in
  std::string digest;    // SHA-256 of kind, key and canonical arguments, hex
  Json undo;             // the compensation's kind and template; null: the kind's own, if it has one
  TimePoint not_before;  // end of the hold, or of the back-off
  EffectState state = EffectState::kPending;
  int attempts = 0;
  std::string last_error;
  Json outcome;  // what the kind answered: offset, status, id
};

// What one attempt came to.
struct Outcome {
  enum class Kind { kDone, kRetry, kFailed, kUnknown };  // kUnknown: it may have happened; reconcile before a retry
  Kind kind = Kind::kDone;
  Json detail;
  std::string error;
  Nanos retry_after{0};  // as the other side asked; 0: by the back-off
};

}  // namespace fovea::record
