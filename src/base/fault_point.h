// Named places at which a test may end the process, as a power cut would. Off unless armed; then kill -9 at the N-th
// one. The one process-wide switch of the house: a crash is a fact of the process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea {

// Armed by `fovea` from FOVEA_CRASH_AT=N (N >= 1). 0 disarms.
void arm_fault_points(uint64_t crash_at);

// Passed each time the program is about to change what is durable. Cost when disarmed: one relaxed load.
void fault_point(const char* name);

// How many of `bytes` to write before the next fault point, so that torn writes happen: all of them when disarmed.
size_t fault_tear(const char* name, size_t bytes);

uint64_t fault_points_passed();  // since armed

}  // namespace fovea
