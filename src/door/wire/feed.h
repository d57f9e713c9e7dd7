// The tensors of a v2 request as the feed of a model of tensors, and its answer as the tensors of the response.
// Errors: kInvalidArgument (an input or output that the model doesn't have, a shape or datatype that it doesn't take),
// kInternal (an answer without what was wanted); `where` is the tensor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "door/wire/infer_request.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

inline bool takes_tensors(const inference::ModelInfo& info) {
  return info.task == inference::Task::kTensors;
}

// Takes the elements out of the request. REQUIRES: it was read for this model.
Result<inference::Feed> feed_of(InferRequest& request, const inference::ModelInfo& info);

// The whole body is the one input of a model that has one, with at most one free dimension besides the batch's.
Result<Tensor> raw_input(std::string_view body, const inference::ModelInfo& info);

// Of the reply's one answer, in the order of `wanted`; empty: all. Their values are Raw.
Result<std::vector<Tensor>> raw_outputs(const std::vector<WantedOutput>& wanted, const inference::Reply& reply);

}  // namespace fovea::wire
