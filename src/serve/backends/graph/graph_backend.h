// A graph as a model of tensors. Calls share a run only where its owner declared a batch dimension (config.pbtxt's
// max_batch_size): then rows of calls with the same other dimensions are laid one behind the other along the first,
// run together and cut apart again. Nothing is padded.
// Threads: as Backend. Errors: as Graph; of make(): kInvalidArgument, a declared batch dimension that the graph lacks.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "serve/backends/graph/graph.h"
#include "serve/inference/backend.h"

namespace fovea::graph {

struct GraphFacts {
  std::string name, version;  // of the model
  std::string platform;       // as Triton calls it: "onnxruntime_onnx"
  std::string digest;         // of the file
  int64_t bytes = 0;          // of the file
  int64_t batch_max = 0;      // declared rows of a run; 0: no batch dimension
};

Result<std::unique_ptr<inference::Backend>> make_graph_backend(std::unique_ptr<const Graph> graph, GraphFacts facts);

}  // namespace fovea::graph
