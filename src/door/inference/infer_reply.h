// A reply as the body of a KServe v2 infer response: JSON, and after it the tensors that were asked for in binary.
// Errors: kInvalidArgument (an output that the model does not have), kInternal (an answer that is no answer).
#pragma once

#include <optional>
#include <string>

#include "door/inference/infer_request.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

struct InferReply {
  std::string body;
  std::optional<size_t> json_bytes;  // nullopt: the body is JSON, no tensor is binary
};

Result<InferReply> infer_reply(const InferRequest& request, const inference::Reply& reply, int64_t padded);

}  // namespace fovea::wire
