// What a model of tensors costs, learned from feeds of zeros: dimensions that are free are tried in several sizes. A
// graph may refuse all of them (only its clients know what it takes); then the cost starts from a guess and follows
// what calls take. Units and limits: as of CostModel and Item::tokens().
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "serve/inference/backend.h"
#include "serve/schedule/cost_model.h"

namespace fovea::inference {

// Zeros for every input that must be there, its free dimensions `free` long. kInvalidArgument: it would be too large.
Result<Feed> feed_of_zeros(const ModelInfo& info, int64_t free);

Result<schedule::CostModel> measure_tensors(const Backend& backend, const Clock& clock);

}  // namespace fovea::inference
