// Copies of requests, asked of another version behind everything else, and compared with what the primary said.
// It can neither delay nor fail the primary: copies wait in a queue of their own, bounded in requests and bytes, and
// are dropped and counted where it is behind, full, or just busy (its lock is tried, never waited for). Threads:
// offer() from any; one of its own, which gives way to others.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "serve/inference/inference.h"
#include "serve/rollout/comparison.h"
#include "serve/rollout/latency.h"
#include "serve/rollout/plan.h"

namespace fovea::rollout {

// What the primary answered, with the request that it was.
struct ShadowCopy {
  inference::Call call;
  std::shared_ptr<const inference::Model> model;  // the primary's
  std::vector<inference::Answer> answers;
  size_t bytes = 0;
};

class Shadow {
 public:
  Shadow(ShadowPlan plan, inference::Inference& inference, const Clock& clock);
  ~Shadow();  // what waits is dropped; what was asked may still end
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;

  bool wants(std::string_view key, std::string_view model) const;  // and has room; where it has none, it counts
  void offer(ShadowCopy copy);
  void forget();  // comparisons so far: another version is compared now
  inference::ShadowState state() const;

 private:
  struct Record;  // outlives the shadow where an answer is still to come
  void work();
  void ask(ShadowCopy copy);

  const ShadowPlan plan_;
  inference::Inference& inference_;
  const Clock& clock_;
  const std::shared_ptr<Record> record_;
  std::thread thread_;
};

size_t bytes_of(const inference::Call& call);

}  // namespace fovea::rollout
