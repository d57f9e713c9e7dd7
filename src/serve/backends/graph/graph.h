// The port to a library that runs graphs: named tensors in, named tensors out, one run at a time on the caller's
// thread. Journey: GraphBackend (tensors) and TextGraphBackend (texts) stand between it and the lane. Real:
// onnxruntime, openvino; tests have one of their own. Threads: run() from any at once. Ownership: a graph owns what the
// library keeps of it. Errors: kCancelled where `abandoned` ended a run; kResourceExhausted (memory); kInvalidArgument
// (what the graph can't compute), in the library's words; kInternal.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "serve/inference/tensor.h"

namespace fovea::graph {

using Abandoned = std::function<bool()>;

class Graph {
 public:
  virtual ~Graph() = default;
  virtual const std::vector<inference::TensorSpec>& inputs() const = 0;
  virtual const std::vector<inference::TensorSpec>& outputs() const = 0;
  // `feed`: all that must be there, in any order, checked; `wanted`: indices of outputs.
  virtual Result<std::vector<inference::Tensor>> run(std::span<const inference::Tensor> feed,
                                                     std::span<const size_t> wanted,
                                                     const Abandoned& abandoned) const = 0;
};

}  // namespace fovea::graph
