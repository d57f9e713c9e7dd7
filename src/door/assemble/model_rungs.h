// A trained model as rungs of a ladder: its scorers behind ladder::Rung.
#pragma once

#include <memory>
#include <vector>

#include "base/error.h"
#include "decide/ladder/ladder.h"
#include "flow/file/flow.h"
#include "serve/trained_model.h"

namespace fovea::assemble {

// The rungs of one `model:` entry: linear, then attention, or the one part that the entry names. What the linear rung
// said is handed on to the attention rung. Errors: those of serve::open_model_dir; kNotFound for a part it lacks.
// Warns of a model that will never be sure, and of a precision that the quality gate does not let score.
Result<std::vector<std::unique_ptr<ladder::Rung>>> open_model_rungs(const file::Rung& rung, const file::Sure& sure,
                                                                    std::vector<file::Warning>& warnings);

}  // namespace fovea::assemble
