// A graph in OpenVINO on the CPU: compiled once, with a request for each run that is under way at the same time. The
// library computes in streams of one thread each, as many as there are workers; a worker waits for its run there.
// Numbers are as the graph has them (no bf16 on CPUs that could).
// Threads, errors: as graph::Graph; of open(): kDataLoss, kUnimplemented (operators, types), kResourceExhausted.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "serve/backends/graph/graph.h"
#include "serve/backends/openvino/ov_api.h"

namespace fovea::openvino {

// The library and its core. Made at the first graph.
class OvRuntime {
 public:
  static Result<std::shared_ptr<const OvRuntime>> create();
  ~OvRuntime();
  OvRuntime(const OvRuntime&) = delete;
  OvRuntime& operator=(const OvRuntime&) = delete;

  const OvLibrary& library() const { return *library_; }
  const OvCalls& calls() const { return library_->calls; }
  const OvCore* core() const { return core_; }

 private:
  OvRuntime() = default;

  std::shared_ptr<const OvLibrary> library_;
  OvCore* core_ = nullptr;
};

Result<std::unique_ptr<const graph::Graph>> open_graph(std::shared_ptr<const OvRuntime> runtime,
                                                       const std::string& file, int workers);

}  // namespace fovea::openvino
