// A circuit breaker: after some failures in a row a service is not asked for a while, then by one request, whose end
// decides.
// Journey: a remote model asks it before each request and tells it what came of it.
// Threads: any. Cost: a lock.
#pragma once

#include <mutex>

#include "base/clock.h"

namespace fovea::remote {

class CircuitBreaker {
 public:
  // Twice the pause after each probe that fails, up to 8 times.
  CircuitBreaker(int failures, Nanos pause) : failures_(failures), pause_(pause) {}

  // 0: ask. Else how long it stays open. Whoever may ask calls one of the others afterwards.
  Nanos admit(Nanos now);
  void succeeded();
  void failed(Nanos now);
  void gave_up();  // it is not known how the service does: the request was cancelled

  enum class State { kClosed, kOpen, kHalfOpen };
  State state(Nanos now) const;

 private:
  const int failures_;
  const Nanos pause_;
  mutable std::mutex mutex_;
  int in_a_row_ = 0, opened_ = 0;  // opened_: times in a row
  Nanos until_{0};
  bool probing_ = false;
};

}  // namespace fovea::remote
