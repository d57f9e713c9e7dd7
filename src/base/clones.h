// FOVEA_CLONES("avx512f", "avx2", "default") before a function compiles it for each of these instruction sets; the
// loader chooses. Not under ThreadSanitizer: its runtime is not up yet when the loader asks.
#pragma once

#ifdef __SANITIZE_THREAD__
#define FOVEA_CLONES(...)
#else
#define FOVEA_CLONES(...) __attribute__((target_clones(__VA_ARGS__)))
#endif
