// CHECK(condition) ends the program when an invariant of ours is broken. Never for input.
#pragma once

namespace fovea {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define FOVEA_CHECK(condition) ((condition) ? (void)0 : ::fovea::check_failed(#condition, __FILE__, __LINE__))
