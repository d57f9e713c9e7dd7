// Files of a graph's folder that are read by us: config.pbtxt, and an ONNX model's outline and the files of weights
// that it names. The first byte says which.
#include <unistd.h>

#include <fstream>
#include <string>

#include "serve/backends/graph/graph_place.h"
#include "serve/backends/graph/onnx_outline.h"
#include "serve/backends/graph/onnx_weights.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    const auto config = graph::parse_triton_config(rest, "config.pbtxt");
    if (config && config->model_file.find('/') != std::string::npos) __builtin_trap();
    if (!config && config.error().code != Code::kInvalidArgument) __builtin_trap();
    return 0;
  }
  static const std::string path = "/dev/shm/fovea_graph_files_fuzz_" + std::to_string(getpid());
  std::ofstream(path, std::ios::binary) << rest;
  const auto outline = graph::read_onnx_outline(path);
  if (outline && (outline->bytes != rest.size() || outline->ir_version == 0)) __builtin_trap();
  if (!outline && outline.error().code != Code::kDataLoss) __builtin_trap();
  const auto weights = graph::onnx_weight_files(path);
  if (!weights) return 0;
  for (const std::string& name : *weights)
    if (name.empty() || name.front() == '/' || name.starts_with("../")) __builtin_trap();
  return 0;
}
