#include "base/short_turns.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace fovea {
namespace {

// As sched_setattr(2) has it; the C library has no name for it.
struct Attributes {
  uint32_t size = sizeof(Attributes), policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;  // of the ordinary class: a turn's length in ns; 0: the usual
  uint64_t deadline = 0, period = 0;
};

constexpr uint64_t kShortest = 100'000;

void ask_for(uint64_t turn_ns) {
  Attributes now;
  if (::syscall(SYS_sched_getattr, 0, &now, sizeof(now), 0) != 0 || now.policy != SCHED_OTHER) return;
  now.size = sizeof(now);
  now.runtime = turn_ns;
  ::syscall(SYS_sched_setattr, 0, &now, 0);  // where it is refused, things stay as they are
}

}  // namespace

void ask_for_short_turns() {
  ask_for(kShortest);
}

void ask_for_usual_turns() {
  ask_for(0);
}

}  // namespace fovea
