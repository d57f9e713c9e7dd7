// Measures, in a thread of low priority, what groups of models that serve already cost, one model after the other.
// Journey: the lane admits by a first estimate until it is told what was learnt.
// Keeps no model alive: one that nobody else has any more is forgotten.
// Threads: learn() from any; `learnt` is called from its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "serve/inference/backend.h"
#include "serve/inference/measure_texts.h"
#include "serve/schedule/cost_model.h"

namespace fovea::inference {

class CostLearner {
 public:
  using Learnt = std::function<void(uint32_t model, const schedule::CostModel& cost)>;
  // Borrows the watch's clock.
  CostLearner(Stopwatch watch, Learnt learnt);
  ~CostLearner() { stop(); }
  CostLearner(const CostLearner&) = delete;
  CostLearner& operator=(const CostLearner&) = delete;

  void learn(uint32_t model, std::weak_ptr<const Backend> backend);
  void stop();  // behind the layer that it runs; nothing is learnt any more

 private:
  void work();

  const Stopwatch watch_;
  const Learnt learnt_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::pair<uint32_t, std::weak_ptr<const Backend>>> models_;
  bool stop_ = false;
  std::thread thread_;  // from the first model on
};

}  // namespace fovea::inference
