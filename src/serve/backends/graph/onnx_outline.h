// Whether a file has the outline of an ONNX model, asked before a foreign library parses it: the fields of ModelProto
// (onnx.proto), whose lengths must fill the file, with a version and a graph among them. What is in the graph is not
// read. Errors: as RegularFile; kOutOfRange (larger than kGraphBytesMax), kDataLoss; `where` is the path.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace fovea::graph {

struct OnnxOutline {
  uint64_t bytes = 0;  // of the file
  uint64_t ir_version = 0;
};

Result<OnnxOutline> read_onnx_outline(const std::string& path);

}  // namespace fovea::graph
