#include "serve/remote/breaker.h"

#include <algorithm>

namespace fovea::remote {

Nanos CircuitBreaker::admit(Nanos now) {
  const std::lock_guard lock(mutex_);
  if (opened_ == 0) return Nanos(0);
  if (now < until_) return until_ - now;
  if (probing_) return pause_;
  probing_ = true;
  return Nanos(0);
}

void CircuitBreaker::succeeded() {
  const std::lock_guard lock(mutex_);
  in_a_row_ = opened_ = 0;
  probing_ = false;
}

void CircuitBreaker::failed(Nanos now) {
  const std::lock_guard lock(mutex_);
  if (opened_ > 0 && !probing_) return;  // began before it opened
  if (opened_ == 0 && ++in_a_row_ < failures_) return;
  probing_ = false;
  in_a_row_ = 0;
  until_ = now + pause_ * (1 << std::min(opened_, 3));
  ++opened_;
}

void CircuitBreaker::gave_up() {
  const std::lock_guard lock(mutex_);
  probing_ = false;
}

CircuitBreaker::State CircuitBreaker::state(Nanos now) const {
  const std::lock_guard lock(mutex_);
  if (opened_ == 0) return State::kClosed;
  return now < until_ ? State::kOpen : State::kHalfOpen;
}

}  // namespace fovea::remote
