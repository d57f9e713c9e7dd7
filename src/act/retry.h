// What comes after an attempt: the only place that decides about retries. A pure function; the caller keeps the answer.
// Back-off doubles from `first` to `longest`; jitter takes up to `jitter` of it away, from a seed, so that a replay
// waits as long. A wait that the other side asked for is honoured where it is longer.
#pragma once

#include <string>

#include "record/effect.h"

namespace fovea::act {

struct RetryPolicy {
  int attempts_max = 8;
  Nanos first = std::chrono::seconds(1);
  Nanos longest = std::chrono::minutes(10);
  double jitter = 0.5;  // [0, 1]
};

enum class Phase { kPerform, kReconcile, kUndo };

struct Next {
  record::EffectState state = record::EffectState::kPending;
  TimePoint not_before;
  int attempts = 0;        // including the one that just ended
  std::string last_error;  // empty when done
  bool dead = false;       // goes to the dead letters
  bool reconcile = false;  // ask reconcile() before anything else (state attempted)
};

// `effect.attempts` counts the attempts before this one (from 0 again when an undo begins). A reconcile() counts only
// if it could not ask: kUnknown with a `retry_after` is asked again then; kUnknown without one is final.
Next next_state(const record::Effect& effect, Phase phase, const record::Outcome& outcome, const RetryPolicy& policy,
                TimePoint now);

Nanos backoff(int attempt, const RetryPolicy& policy, uint64_t seed);  // attempt >= 1

}  // namespace fovea::act
