// Models and flows, served until SIGINT or SIGTERM: what `fovea serve` does once its options are read.
// Gives the exit code: 128 + the signal where all that was taken in was answered, also where the signal came while
// models loaded. What then still runs (a request past `grace`, a shadow that never returns) is left to the process's
// end, which destroys nothing that it may use.
#pragma once

#include "base/clock.h"
#include "door/assemble/model_door.h"

namespace fovea::cli {

int serve_until_told(assemble::ModelDoorOptions options, Nanos grace, bool json);

}  // namespace fovea::cli
