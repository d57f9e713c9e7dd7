// Lives through one scenario: starts the program, crashes it, fills its disk, until all is done; then looks.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/scenario.h"

namespace fovea::sim {

enum class Plant { kNone, kNoSync, kEager, kAmnesic };

struct Lived {
  std::vector<std::string> faults;  // empty: everything held
  int starts = 0, crashes = 0, full = 0, broken = 0;
  int64_t events = 0, effects = 0;
};

Lived live(const Scenario& scenario, Plant plant, const std::string& folder);

}  // namespace fovea::sim
