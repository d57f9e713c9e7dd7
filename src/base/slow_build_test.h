// By how much a build with sanitizers may be slower than the figures that tests guard.
#pragma once

namespace fovea {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlowdown = 10;
#else
constexpr int kSlowdown = 1;
#endif

}  // namespace fovea
