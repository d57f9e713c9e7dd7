// `fovea decisions`: what was decided, as it was kept. With --json one JSON object a line.
#pragma once

#include <cstdint>

#include "door/cli/kept_state.h"

namespace fovea::cli {

struct DecisionsOptions : StateOptions {
  int64_t limit = -1;  // 0: all; not given: all for programs, kDecisionsShown for people
  int64_t from = 1;    // seq
};

int list_decisions(const DecisionsOptions& options);

}  // namespace fovea::cli
