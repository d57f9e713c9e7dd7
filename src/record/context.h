// An event, cleaned and put in context: everything that scoring and deciding may look at.
// Journey: made by stream/clean and stream/window; read by serve and decide.
#pragma once

#include "base/json.h"

namespace fovea::record {

// The root of every expression: members `event`, one per window (its `as` name), one per score (`intent.label`, ...),
// one per decision (`decision.queue`), and `outcome` in undo templates.
struct Context {
  JsonObject values;
};

}  // namespace fovea::record
