// KServe v2 (Open Inference Protocol) over HTTP, with Triton's extensions: binary tensors, classification, statistics,
// configuration, repository. Shared memory is off: its status is empty, nothing can be registered.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "door/inference/route.h"

namespace fovea::wire {

void add_v2_routes(std::vector<Route>& out);

// A v2 infer request for the model; `json_bytes` as in read_infer_request(). Answers with
// Inference-Header-Content-Length where tensors are binary, or, if `binary_type` is given, with that content type and
// the JSON's bytes after it.
void v2_infer(const ExchangePtr& exchange, const std::string& model, const std::string& version,
              std::optional<size_t> json_bytes, const std::string& binary_type = {});

}  // namespace fovea::wire
