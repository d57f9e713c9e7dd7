// The task shapes of Hugging Face's inference endpoints: {"inputs","parameters"} at /, /models/NAME and
// /pipeline/TASK/NAME. What comes back follows from the model's task: features, labels, entities, similarities, or
// zero-shot labels of a model that was trained on entailment.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "door/inference/model_choice.h"
#include "door/inference/route.h"

namespace fovea::wire {

void add_huggingface_routes(std::vector<Route>& out);

// A request of these shapes to the model.
Result<void> huggingface_task(const ExchangePtr& exchange, const Json& body, const ModelPtr& model);

}  // namespace fovea::wire
