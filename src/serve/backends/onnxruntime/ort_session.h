// A graph in ONNX Runtime: one session, run on the callers' threads, without threads of its own that spin.
// Its memory comes from the runtime's arena, which is bounded for all sessions of the process together.
// Threads, errors: as graph::Graph; of open(): kDataLoss, kUnimplemented (operators, types), kResourceExhausted.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "serve/backends/graph/graph.h"
#include "serve/backends/onnxruntime/ort_api.h"

namespace fovea::onnxruntime {

// The library and its environment, of which a process has one. Made at the first graph.
class OrtRuntime {
 public:
  // `memory_max`: bytes of the arena for all sessions; 0: no limit.
  static Result<std::shared_ptr<const OrtRuntime>> create(size_t memory_max);
  ~OrtRuntime();
  OrtRuntime(const OrtRuntime&) = delete;
  OrtRuntime& operator=(const OrtRuntime&) = delete;

  const OrtLibrary& library() const { return *library_; }
  const OrtCalls& calls() const { return library_->calls; }
  const OrtEnv* env() const { return env_; }
  const OrtMemoryInfo* memory() const { return memory_; }
  OrtAllocator* allocator() const { return allocator_; }

 private:
  OrtRuntime() = default;

  std::shared_ptr<const OrtLibrary> library_;
  OrtEnv* env_ = nullptr;
  OrtMemoryInfo* memory_ = nullptr;
  OrtAllocator* allocator_ = nullptr;
};

Result<std::unique_ptr<const graph::Graph>> open_session(std::shared_ptr<const OrtRuntime> runtime,
                                                         const std::string& file);

}  // namespace fovea::onnxruntime
