// The body of a KServe v2 infer request, read: JSON, JSON with binary tensors after it, or one raw tensor.
// A model without state answers the requests of a sequence as any others: parameters sequence_... change nothing.
// Errors: kInvalidArgument; `where` is the tensor, output or field.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "door/inference/tensor.h"

namespace fovea::wire {

struct WantedOutput {
  std::string name;
  std::optional<bool> binary;  // nullopt: as the request says for all
  int64_t classes = 0;         // of the classification extension; 0: the tensor itself
};

struct InferRequest {
  std::string id;
  uint64_t priority = 0;  // 0: not said; 1: the highest
  Nanos timeout{0};       // 0: not said
  bool binary = false;    // outputs that do not say otherwise
  bool cut = true;        // parameter "truncate" of ours: texts longer than the model reads
  std::vector<Tensor> inputs;
  std::vector<WantedOutput> outputs;  // empty: all
};

// `json_bytes`: of Inference-Header-Content-Length; nullopt: the whole body is JSON; 0: the body is one tensor.
Result<InferRequest> read_infer_request(std::string_view body, std::optional<size_t> json_bytes);

}  // namespace fovea::wire
