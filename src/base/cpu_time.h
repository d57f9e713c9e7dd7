// The processor time of the calling thread, for what is measured while others use the machine too.
#pragma once

#include <time.h>

namespace fovea {

inline double thread_cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace fovea
