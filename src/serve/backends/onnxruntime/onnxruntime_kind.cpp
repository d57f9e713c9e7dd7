#include "serve/backends/onnxruntime/onnxruntime_kind.h"

#include <array>
#include <limits>
#include <memory>
#include <mutex>

#include "serve/backends/graph/graph_backend.h"
#include "serve/backends/graph/graph_place.h"
#include "serve/backends/graph/onnx_weights.h"
#include "serve/backends/graph/text_graph_backend.h"
#include "serve/backends/onnxruntime/ort_session.h"
#include "serve/inference/memory_left.h"

namespace fovea::onnxruntime {
namespace {

constexpr std::array<std::string_view, 1> kExtensions = {".onnx"};

// The library, loaded once.
class Loader {
 public:
  explicit Loader(const OnnxRuntimeOptions& options) : options_(options) {}
  Result<std::shared_ptr<const OrtRuntime>> runtime() {
    const std::lock_guard lock(mutex_);
    if (runtime_) return runtime_;
    size_t most = options_.memory_max;
    if (const int64_t left = inference::memory_left(); most == 0 && left != std::numeric_limits<int64_t>::max())
      most = static_cast<size_t>(left / 10 * 9);
    FOVEA_TRY(runtime_, OrtRuntime::create(most));
    return runtime_;
  }

 private:
  const OnnxRuntimeOptions options_;
  std::mutex mutex_;
  std::shared_ptr<const OrtRuntime> runtime_;
};

Result<std::unique_ptr<inference::Backend>> open(Loader& loader, const inference::Opening& opening) {
  FOVEA_TRY(const graph::GraphPlace place, graph::find_graph(opening.place, kExtensions));
  FOVEA_TRY(const graph::OnnxFiles files, graph::read_onnx_files(place.file));
  FOVEA_OK(inference::check_memory_left(static_cast<int64_t>(files.bytes), place.file));
  FOVEA_TRY(auto runtime, loader.runtime());
  FOVEA_TRY(auto graph, open_session(std::move(runtime), place.file));
  graph::GraphFacts facts{opening.name,
                          opening.version,
                          "onnxruntime_onnx",
                          files.digest,
                          static_cast<int64_t>(files.bytes),
                          place.config.max_batch_size};
  if (place.texts && place.config.max_batch_size == 0)
    return graph::make_text_graph_backend(std::move(graph), place.folder, std::move(facts));
  return graph::make_graph_backend(std::move(graph), std::move(facts));
}

}  // namespace

inference::BackendKind onnxruntime_kind(const OnnxRuntimeOptions& options) {
  auto loader = std::make_shared<Loader>(options);
  return {"onnxruntime",
          [](const std::string& place) { return graph::holds_graph(place, ".onnx", "onnxruntime", true); },
          [loader](const inference::Opening& opening) { return open(*loader, opening); }};
}

}  // namespace fovea::onnxruntime
