#include "serve/backends/openvino/openvino_kind.h"

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/file_digest.h"
#include "serve/backends/graph/graph_backend.h"
#include "serve/backends/graph/graph_place.h"
#include "serve/backends/graph/onnx_weights.h"
#include "serve/backends/graph/text_graph_backend.h"
#include "serve/backends/openvino/ir_files.h"
#include "serve/backends/openvino/ov_graph.h"
#include "serve/inference/memory_left.h"

namespace fovea::openvino {
namespace {

constexpr std::array<std::string_view, 2> kExtensions = {".xml", ".onnx"};

// The library, loaded once.
class Loader {
 public:
  Result<std::shared_ptr<const OvRuntime>> runtime() {
    const std::lock_guard lock(mutex_);
    if (runtime_) return runtime_;
    FOVEA_TRY(runtime_, OvRuntime::create());
    return runtime_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const OvRuntime> runtime_;
};

struct Files {
  int64_t bytes;
  std::string digest;
};

// Of the graph and its weights.
Result<Files> files_at(const std::string& file) {
  if (file.ends_with(".onnx")) {
    FOVEA_TRY(graph::OnnxFiles files, graph::read_onnx_files(file));
    return Files{static_cast<int64_t>(files.bytes), std::move(files.digest)};
  }
  FOVEA_TRY(const int64_t bytes, ir_bytes(file));
  FOVEA_TRY(const Digest graph, sha256_of_file(file));
  FOVEA_TRY(const Digest weights, sha256_of_file(std::filesystem::path(file).replace_extension(".bin").string()));
  return Files{bytes, to_hex(bytes_of(sha256(to_hex(bytes_of(graph)) + to_hex(bytes_of(weights)))))};
}

Result<std::unique_ptr<inference::Backend>> open(Loader& loader, const inference::Opening& opening) {
  FOVEA_TRY(const graph::GraphPlace place, graph::find_graph(opening.place, kExtensions));
  FOVEA_TRY(const Files files, files_at(place.file));
  FOVEA_OK(inference::check_memory_left(files.bytes, place.file));
  FOVEA_TRY(auto runtime, loader.runtime());
  FOVEA_TRY(auto graph, open_graph(std::move(runtime), place.file, opening.workers));
  graph::GraphFacts facts{opening.name, opening.version, "openvino",
                          files.digest, files.bytes,     place.config.max_batch_size};
  if (place.texts && place.config.max_batch_size == 0)
    return graph::make_text_graph_backend(std::move(graph), place.folder, std::move(facts));
  return graph::make_graph_backend(std::move(graph), std::move(facts));
}

}  // namespace

inference::BackendKind openvino_kind() {
  auto loader = std::make_shared<Loader>();
  return {"openvino",
          [](const std::string& place) {
            return graph::holds_graph(place, ".xml", "openvino", true) ||
                   graph::holds_graph(place, ".onnx", "openvino", false);
          },
          [loader](const inference::Opening& opening) { return open(*loader, opening); }};
}

}  // namespace fovea::openvino
