// `fovea explain ID`: why one decision fell as it did.
#pragma once

#include "door/cli/kept_state.h"

namespace fovea::cli {

struct ExplainOptions : StateOptions {
  std::string id, language = "en";
};

int explain_decision(const ExplainOptions& options);

}  // namespace fovea::cli
