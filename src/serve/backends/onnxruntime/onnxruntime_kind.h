// ONNX Runtime as a kind of backend: `--model NAME=onnxruntime:PLACE`, or a place with a .onnx file and nothing that
// the engine reads. The library is loaded at the first model. Errors: as find_graph(), read_onnx_outline(), OrtLibrary,
// OrtGraph, make_graph_backend(), make_text_graph_backend().
#pragma once

#include <cstddef>

#include "serve/inference/backend_kind.h"

namespace fovea::onnxruntime {

struct OnnxRuntimeOptions {
  size_t memory_max = 0;  // bytes of all graphs' memory; 0: what is left when the first is opened, less a tenth
};

inference::BackendKind onnxruntime_kind(const OnnxRuntimeOptions& options = {});

}  // namespace fovea::onnxruntime
