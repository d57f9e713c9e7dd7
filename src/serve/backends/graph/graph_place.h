// Where a graph lies: a file, or a folder with one; and what the folder says of it.
// A folder: model.onnx, onnx/model.onnx (Hugging Face), openvino_model.xml, model.xml, or the only file of the kind.
// config.pbtxt (Triton's), in the folder or the one above a numbered version, may say `max_batch_size`,
// `default_model_filename`, and `backend` or `platform`. Texts: a folder with a tokenizer and config.json.
// Errors: kNotFound (no graph, with what there is), kInvalidArgument (several, a config.pbtxt that is wrong).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::graph {

// What of config.pbtxt is read: fields of its outermost message; others are left.
struct TritonConfig {
  int64_t max_batch_size = 0;
  std::string model_file;  // default_model_filename
  std::string backend;     // "onnxruntime", of `platform` the part before "_"
};

Result<TritonConfig> parse_triton_config(std::string_view text, const std::string& path);

struct GraphPlace {
  std::string file;
  std::string folder;  // that the tokenizer would be in
  TritonConfig config;
  bool texts = false;
};

// `extensions`: of files that the library reads, the preferred first (".onnx").
Result<GraphPlace> find_graph(const std::string& place, std::span<const std::string_view> extensions);

// Whether a place that says no kind holds a graph of this extension and nothing that the engine reads; a folder whose
// config.pbtxt names a backend is that one's alone. `usual`: the extension is this backend's where nothing is said.
bool holds_graph(const std::string& place, std::string_view extension, std::string_view backend, bool usual);

}  // namespace fovea::graph
