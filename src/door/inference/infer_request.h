// The body of a KServe v2 infer request, read: JSON, JSON with binary tensors after it, or one raw tensor. The elements
// of tensors for a model of tensors stay bytes (Raw).
// Errors: kInvalidArgument; `where` is the tensor, output or field.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "door/wire/infer_request.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

// `json_bytes`: of Inference-Header-Content-Length; nullopt: the whole body is JSON; 0: the body is one tensor.
Result<InferRequest> read_infer_request(std::string_view body, std::optional<size_t> json_bytes,
                                        const inference::ModelInfo& model);

}  // namespace fovea::wire
