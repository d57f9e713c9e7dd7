// What groups of a model of texts cost, measured: a first estimate from two shapes before it serves, all lengths after.
// Threads: any. Errors: those of the backend; kCancelled where `stop` said so.
#pragma once

#include <functional>

#include "base/clock.h"
#include "serve/inference/backend.h"
#include "serve/schedule/cost_model.h"

namespace fovea::inference {

// A few milliseconds. Of longer texts than it tried it says more than they will take.
Result<schedule::CostModel> estimate_texts(const Backend& backend, const Clock& clock);
// A grid of lengths, alone and eight together; at most some 1.5 s. What would not be measured twice alike is left out.
Result<schedule::CostModel> measure_texts(const Backend& backend, const Clock& clock,
                                          const std::function<bool()>& stop);

}  // namespace fovea::inference
