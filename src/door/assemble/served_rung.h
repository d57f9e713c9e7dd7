// A model that `fovea serve` serves, as a rung of a flow in the same process: one copy of its weights, one order of
// work.
#pragma once

#include <memory>
#include <vector>

#include "base/error.h"
#include "decide/ladder/ladder.h"
#include "flow/file/flow.h"
#include "serve/inference/inference.h"

namespace fovea::assemble {

// The rung of `model: NAME@VERSION`; NAME@latest is whichever version serves. Borrows `models`, which must outlive it.
// The flow must say when it is sure: a served model brings no thresholds of its own.
// Errors: kInvalidArgument (no min_probability, or an error budget). Models may be loaded later: until then the rung
// fails, and the ladder goes on.
Result<std::vector<std::unique_ptr<ladder::Rung>>> open_served_rung(const file::Rung& rung, const file::Sure& sure,
                                                                    inference::Inference& models);

}  // namespace fovea::assemble
