#include "serve/inference/turns.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace fovea::inference {
namespace {

// As sched_setattr(2) has it; the C library has no name for it.
struct Attributes {
  uint32_t size = sizeof(Attributes), policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;  // of the ordinary class: a turn's length in ns; 0: the usual one
  uint64_t deadline = 0, period = 0;
};

constexpr uint64_t kLongTurn = 20'000'000, kUsualTurn = 0;
constexpr Nanos kLongWork = std::chrono::milliseconds(1), kShortWork = std::chrono::microseconds(300);

void ask_for(uint64_t turn_ns) {
  Attributes now;
  if (::syscall(SYS_sched_getattr, 0, &now, sizeof(now), 0) != 0 || now.policy != SCHED_OTHER) return;
  now.size = sizeof(now);
  now.runtime = turn_ns;
  ::syscall(SYS_sched_setattr, 0, &now, 0);
}

}  // namespace

void fit_turns(Nanos work) {
  thread_local bool has_long = false;
  const bool wants_long = has_long ? work >= kShortWork : work >= kLongWork;
  if (wants_long == has_long) return;
  has_long = wants_long;
  ask_for(wants_long ? kLongTurn : kUsualTurn);
}

void give_way() {
  const sched_param none{};
  ::pthread_setschedparam(::pthread_self(), SCHED_IDLE, &none);
}

}  // namespace fovea::inference
