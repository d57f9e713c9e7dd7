// Instances in, predictions out: the shape that KServe v1, TensorFlow Serving, Vertex AI and MLflow share.
// An instance is a text, {"text", "text_pair"}, an array of token ids, or {"input_ids"}; all are texts or all are ids.
// A prediction is an embedding, {"label","score","probabilities"}, the entities of a text, or a pair's score in 0..1.
// Errors: kInvalidArgument, `where` is "instances" (or the name given).
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "door/inference/fields.h"
#include "door/inference/model_choice.h"

namespace fovea::wire {

Result<Inputs> instances_in(const Json& array, std::string_view name, const inference::Model& model);
// {"predictions":[...]}
Result<std::string> predictions_text(const inference::Reply& reply, const Inputs& inputs);

// Has the model answer the instances and sends the predictions.
void predict(const ExchangePtr& exchange, const ModelPtr& model, Inputs inputs);

}  // namespace fovea::wire
