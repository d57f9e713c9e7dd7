// `fovea dead`: what could not be decided or done, with its cause and its original.
#pragma once

#include <cstdint>

#include "door/cli/kept_state.h"

namespace fovea::cli {

struct DeadOptions : StateOptions {
  int64_t letter = 0;
  int64_t limit = 200;
};

int list_dead(const DeadOptions& options);
int show_dead(const DeadOptions& options);

}  // namespace fovea::cli
