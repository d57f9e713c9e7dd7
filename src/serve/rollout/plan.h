// What a models file declares about the versions of one model: which gets copies, which gets a growing share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace fovea::rollout {

// A version that is given copies of requests and whose answers go nowhere but into a comparison.
struct ShadowPlan {
  std::string version;  // or alias; empty: none
  double share = 1;     // of keys
};

// What a step must show before the next.
struct Gate {
  uint64_t samples = 200;  // answers of the canary in this step, at least
  double errors = 0.01;    // share of them that failed, at most
  Nanos p99{0};            // latency at most; 0: not looked at
  double p99_ratio = 0;    // of the primary's in the same step, at most; 0: not looked at
  double agreement = 0;    // with the primary on copies, at least; 0: not looked at (needs a shadow of that version)
};

struct CanaryPlan {
  std::string version;                             // or alias; empty: none
  std::vector<double> steps{0.01, 0.05, 0.25, 1};  // shares of keys; after the last it is promoted
  Nanos every = std::chrono::minutes(10);          // of a step, at least
  Gate gate;
};

struct Plan {
  std::string model;
  ShadowPlan shadow;
  CanaryPlan canary;
};

// Which of ten thousand parts of all keys a key belongs to; the same for ever, so that a key keeps its version while
// shares grow. `salt`: shadows and canaries do not pick the same keys.
uint32_t part_of(std::string_view key, std::string_view salt);
bool is_chosen(std::string_view key, std::string_view salt, double share);

}  // namespace fovea::rollout
