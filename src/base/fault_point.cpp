#include "base/fault_point.h"

#include <atomic>
#include <csignal>

namespace fovea {
namespace {
std::atomic<uint64_t> armed_at{0};
std::atomic<uint64_t> passed{0};
}  // namespace

void arm_fault_points(uint64_t crash_at) {
  armed_at = crash_at;
  passed = 0;
}

void fault_point(const char*) {
  uint64_t at = armed_at.load(std::memory_order_relaxed);
  if (at != 0 && ++passed == at) raise(SIGKILL);
}

size_t fault_tear(const char* name, size_t bytes) {
  if (armed_at.load(std::memory_order_relaxed) == 0) return bytes;
  fault_point(name);
  return bytes / 2;
}

uint64_t fault_points_passed() {
  return passed.load();
}

}  // namespace fovea
