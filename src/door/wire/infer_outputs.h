// What a model can answer, as named tensors.
// Per text: `embedding` FP32 [n, d]; of a classifier `label` BYTES [n], `probabilities` and `logits` FP32 [n, classes];
// of a model that scores pairs `score` FP32 [n] in 0..1 and `logits` FP32 [n, 1].
// Per token: of texts, whose token counts differ, a row for each token of each text in order: `label` BYTES [t],
// `probabilities` and `logits` FP32 [t, classes], with `text_index`, `begin` and `end` INT64 [t] (bytes of the text;
// 0, 0: a token that stands for none of it). Of `input_ids` [n, s]: `label` [n, s], `probabilities` and `logits`
// [n, s, classes], with "" and 0 where the mask is 0.
// A model of tensors says itself what it takes and gives.
// Errors: kInvalidArgument (no such output), kInternal (a row is not as wide as the model says).
#pragma once

#include <cstdint>
#include <vector>

#include "door/wire/infer_request.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

using TensorInfo = inference::TensorSpec;

std::vector<TensorInfo> inputs_of_model(const inference::Model& model);
std::vector<TensorInfo> outputs_of_model(const inference::ModelInfo& info);

// Whether the model has all of the outputs, before it computes them.
Result<void> check_outputs(const std::vector<WantedOutput>& wanted, const inference::ModelInfo& info);
// In the order of `wanted`; empty: all. `padded`: as in InferInputs.
Result<std::vector<Tensor>> output_tensors(const std::vector<WantedOutput>& wanted, const inference::Reply& reply,
                                           int64_t padded);
// Whether each answer has as many values as its model says. `all_rows`: the call wanted the row of every token.
Result<void> check_answers(const inference::Reply& reply, bool all_rows = false);

}  // namespace fovea::wire
