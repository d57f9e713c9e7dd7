// Zero-shot classification: each candidate label becomes a hypothesis ("This example is {}."), and a classifier that
// was trained on pairs says how far the text entails it. Errors: kInvalidArgument (no such model, no candidates).
#pragma once

#include "base/json.h"
#include "door/inference/model_choice.h"

namespace fovea::wire {

Result<void> zero_shot(const ExchangePtr& exchange, const Json& body, const ModelPtr& model);

}  // namespace fovea::wire
