// OpenVINO as a kind of backend: `--model NAME=openvino:PLACE` for IR (.xml with .bin) and ONNX, or a place with a .xml
// file and nothing that the engine reads. The library is loaded at the first model.
// Errors: as find_graph(), ir_bytes(), read_onnx_outline(), OvLibrary, OvGraph, make_graph_backend(),
// make_text_graph_backend().
#pragma once

#include "serve/inference/backend_kind.h"

namespace fovea::openvino {

inference::BackendKind openvino_kind();

}  // namespace fovea::openvino
