#include "door/assemble/backend_kinds.h"

#include "serve/backends/onnxruntime/onnxruntime_kind.h"
#include "serve/backends/openvino/openvino_kind.h"

namespace fovea::assemble {

std::vector<inference::BackendKind> backend_kinds(size_t graph_memory_max) {
  return {onnxruntime::onnxruntime_kind({.memory_max = graph_memory_max}), openvino::openvino_kind()};
}

}  // namespace fovea::assemble
