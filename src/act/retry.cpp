#include "act/retry.h"

#include <algorithm>
#include <cmath>

#include "act/limits.h"
#include "base/random.h"

namespace fovea::act {
namespace {

using State = record::EffectState;
using Kind = record::Outcome::Kind;

Nanos wait_of(const record::Effect& effect, int attempts, const record::Outcome& outcome, const RetryPolicy& policy) {
  Nanos asked = std::clamp<Nanos>(outcome.retry_after, Nanos(0), kRetryAfterMax);
  return std::max(asked, backoff(std::max(attempts, 1), policy, static_cast<uint64_t>(effect.id)));
}

}  // namespace

Nanos backoff(int attempt, const RetryPolicy& policy, uint64_t seed) {
  double first = static_cast<double>(std::max<int64_t>(policy.first.count(), 0));
  double longest = static_cast<double>(std::max<int64_t>(policy.longest.count(), 0));
  double wait = std::min(longest, std::ldexp(first, std::clamp(attempt - 1, 0, 62)));
  Random random(seed * 1'000'003 + static_cast<uint64_t>(attempt));
  return Nanos(static_cast<int64_t>(wait * (1 - std::clamp(policy.jitter, 0.0, 1.0) * random.uniform())));
}

Next next_state(const record::Effect& effect, Phase phase, const record::Outcome& outcome, const RetryPolicy& policy,
                TimePoint now) {
  Next next{.state = State::kPending, .not_before = now, .attempts = effect.attempts, .last_error = outcome.error};
  bool cannot_ask = outcome.kind == Kind::kUnknown && outcome.retry_after > Nanos(0);
  if (phase != Phase::kReconcile || cannot_ask) ++next.attempts;
  bool again = next.attempts < policy.attempts_max;
  auto die = [&](const char* why) {
    next.state = State::kFailed;
    next.dead = true;
    if (next.last_error.empty()) next.last_error = why;
  };
  auto later = [&](State state) {
    next.state = state;
    next.not_before = now + wait_of(effect, next.attempts, outcome, policy);
  };

  if (outcome.kind == Kind::kDone) {
    next.state = phase == Phase::kUndo ? State::kUndone : State::kCommitted;
    next.last_error.clear();
  } else if (outcome.kind == Kind::kFailed) {
    die("it failed");
  } else if (phase == Phase::kUndo) {  // an undo may be done again, whether or not it happened
    again ? later(State::kUndoing) : die("it could not be undone");
  } else if (outcome.kind == Kind::kRetry) {
    if (!again) {
      die("it was tried as often as it may be");
    } else if (phase == Phase::kPerform) {
      later(State::kPending);
    }  // a reconcile that found it undone: it may be done now, its attempt has waited already
  } else if (phase == Phase::kPerform || (cannot_ask && again)) {
    later(State::kAttempted);
    next.reconcile = true;
  } else {
    die("it may have happened, and nobody can say");
  }
  return next;
}

}  // namespace fovea::act
