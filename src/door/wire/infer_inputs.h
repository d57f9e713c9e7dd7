// The tensors of a v2 request as inputs of a model: `text` (and `text_pair`) BYTES [n] or [n, 1], or `input_ids` INT64
// or INT32 [n, s] with `attention_mask` and `token_type_ids` of the same shape.
// The mask is one run of ones from the first token of a row: what is padded is left out, no model computes it. Padding
// before a text is refused: its tokens would stand at other positions than those that the client meant.
// Of a model of tensors: the feed that they are.
// Errors: kInvalidArgument; `where` is the tensor.
#pragma once

#include <cstdint>
#include <vector>

#include "door/wire/infer_request.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

struct InferInputs {
  inference::Inputs inputs;
  int64_t padded = 0;  // s of input_ids; 0: no ids were given
};

// Takes the texts out of the request.
Result<InferInputs> inputs_of(InferRequest& request, const inference::Model& model);

// What read ids must be for any model: ids in [0, vocabulary), at least one. `where` names them in errors.
Result<void> check_ids(const inference::Ids& ids, const inference::ModelInfo& info, const std::string& where);
Result<void> check_count(size_t inputs);  // 1 .. kInputsMax

}  // namespace fovea::wire
