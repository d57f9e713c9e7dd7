#include "serve/inference/cost_learner.h"

#include <sys/resource.h>
#include <unistd.h>

#include "serve/inference/turns.h"

namespace fovea::inference {
namespace {
constexpr Nanos kRuns = std::chrono::milliseconds(10);  // about as long as one that it measures
constexpr int kLowPriority = 10;  // and not the least: others wait for its locks, and a stop for its end
}  // namespace

CostLearner::CostLearner(Stopwatch watch, Learnt learnt) : watch_(std::move(watch)), learnt_(std::move(learnt)) {}

void CostLearner::stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  more_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CostLearner::learn(uint32_t model, std::weak_ptr<const Backend> backend) {
  std::lock_guard lock(mutex_);
  if (stop_) return;
  models_.emplace_back(model, std::move(backend));
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  more_.notify_all();
}

void CostLearner::work() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()),
                kLowPriority);  // where it is refused it goes on as it is
  fit_turns(kRuns);
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [&] { return stop_ || !models_.empty(); });
    if (stop_) return;
    const auto [model, known] = std::move(models_.front());
    models_.pop_front();
    lock.unlock();
    if (const auto backend = known.lock()) {
      const auto cost = measure_texts(*backend, watch_, [&] {
        std::lock_guard inner(mutex_);
        return stop_ || backend.use_count() == 1;
      });
      if (cost) learnt_(model, *cost);  // else the estimate stays, corrected by what groups take
    }
    lock.lock();
  }
}

}  // namespace fovea::inference
