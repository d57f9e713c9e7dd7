// Changes kept decisions: by asking the run that holds the state's lock, or by itself where nobody holds it.
#pragma once

#include <vector>

#include "base/json.h"
#include "door/cli/kept_state.h"

namespace fovea::cli {

struct Changed {
  Json answer;                          // as flow::serve gives it
  std::vector<record::Effect> effects;  // of the event, as they stand afterwards
  bool by_run = false;                  // a running `fovea run` did it
};

// `body` is a request of flow/requests.h. Needs options.flow except for {"do": "cancel"}.
// Errors: those of flow::serve; kUnavailable where a run holds the state and does not answer within kAnswerWait.
Result<Changed> change(const StateOptions& options, const Json& body);

}  // namespace fovea::cli
