// `fovea undo FLOW ID`: takes back what was done for an event, last effect first. `fovea hold`: effects that wait and
// can still be stopped.
#pragma once

#include <cstdint>

#include "door/cli/kept_state.h"

namespace fovea::cli {

struct UndoOptions : StateOptions {
  std::string id, by;
  bool dry_run = false;
};

struct HoldOptions : StateOptions {
  int64_t effect = 0;
  std::string by;
};

int undo_event(UndoOptions options);
int list_holds(const HoldOptions& options);
int cancel_hold(HoldOptions options);

}  // namespace fovea::cli
