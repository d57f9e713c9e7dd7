// `fovea store check`: every invariant of the kept state.
#pragma once

#include "door/cli/kept_state.h"

namespace fovea::cli {

int check_store(const StateOptions& options);

}  // namespace fovea::cli
