// For tests: how often this process asked for memory, by whatever way (new, malloc, a library's own), and what of it
// lies in RAM. Sanitizers bring their own allocator: there nothing is counted.
#pragma once

#include <cstdint>

namespace fovea {

constexpr bool kCountsAllocations =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    false;
#else
    true;
#endif

uint64_t allocations();   // of all threads, since the start
double resident_bytes();  // 0 where the system does not tell

}  // namespace fovea
