// The files of weights that an ONNX model names ("external data"), which lie beside it; and what all of its files are:
// their bytes together, one digest. Without such files the digest is the model's file's own SHA-256.
// Errors: as read_onnx_outline(); kDataLoss (a graph that is damaged), kInvalidArgument (a name that leaves the
// folder), kNotFound (a file that is not there), kOutOfRange (more than kWeightFilesMax); `where` is the path.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace fovea::graph {

// Names relative to the model's folder, sorted, each once.
Result<std::vector<std::string>> onnx_weight_files(const std::string& path);

struct OnnxFiles {
  uint64_t bytes = 0;
  std::string digest;  // hexadecimal
};

Result<OnnxFiles> read_onnx_files(const std::string& path);

}  // namespace fovea::graph
