// gRPC's health checking over the models: "" and the names of the services say whether all of them serve, a model's
// name whether it does. Who watches is told when that changes; a thread of its own looks, while anybody watches.
// Threads: any. Errors: kNotFound of Check (no such model).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "door/grpc/call.h"

namespace fovea::rpc {

// As health.proto numbers them.
enum class Health : uint8_t { kServing = 1, kNotServing = 2, kServiceUnknown = 3 };

Health health_of(const inference::Inference& inference, std::string_view service);

class HealthWatch {
 public:
  explicit HealthWatch(const inference::Inference& inference) : inference_(inference) {}
  ~HealthWatch();
  // Sends what is so now, and every change, until the call is over.
  void add(std::string service, const CallPtr& call);

 private:
  struct Watcher {
    std::string service;
    std::weak_ptr<Call> call;
    Health told;
  };
  void run();

  const inference::Inference& inference_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<Watcher> watchers_;
  bool ended_ = false;
  std::thread thread_;  // begins with the first watcher
};

}  // namespace fovea::rpc
