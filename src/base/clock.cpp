#include "base/clock.h"

#include <thread>

namespace fovea {

TimePoint SystemClock::now() const {
  return {std::chrono::duration_cast<Nanos>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

Nanos SystemClock::steady() const {
  return std::chrono::duration_cast<Nanos>(std::chrono::steady_clock::now().time_since_epoch());
}

void SystemClock::sleep(Nanos duration) {
  std::this_thread::sleep_for(duration);
}

}  // namespace fovea
