// A step of a flow with its live parts. Seen by journey's own files only.
#pragma once

#include "flow/journey.h"

namespace fovea::flow {

struct Journey::Step {
  const file::Step& spec;
  std::unique_ptr<window::Window> window;             // of a window step
  std::vector<std::unique_ptr<ladder::Rung>> ladder;  // of a score step
};

// `intent.label`, `.probability`, `.margin`, `.outside`, `.rung`, `.model`
JsonObject scored_values(const record::Scored& scored);

}  // namespace fovea::flow
