// `fovea replay FLOW`: decides kept events again, with a flow that may have changed, and says what differs.
#pragma once

#include <cstdint>

#include "door/cli/kept_state.h"

namespace fovea::cli {

struct ReplayOptions : StateOptions {
  int64_t from = 1, to = 0;  // 0: to the end
  bool fail_on_difference = false;
};

int replay_flow(const ReplayOptions& options);

}  // namespace fovea::cli
