#include "serve/backends/graph/run_watch.h"

#include "serve/backends/graph/limits.h"

namespace fovea::graph {

RunWatch::~RunWatch() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

RunWatch::Guard::Guard(RunWatch& watch, const std::function<bool()>& abandoned, std::function<void()> stop)
    : watch_(watch) {
  const std::lock_guard lock(watch_.mutex_);
  at_ = watch_.runs_.insert(watch_.runs_.end(), Run{abandoned, std::move(stop)});
  if (!watch_.thread_.joinable()) watch_.thread_ = std::thread([&watch] { watch.work(); });
  if (watch_.asleep_) watch_.changed_.notify_all();
}

RunWatch::Guard::~Guard() {
  const std::lock_guard lock(watch_.mutex_);
  watch_.runs_.erase(at_);
}

bool RunWatch::Guard::stopped() const {
  const std::lock_guard lock(watch_.mutex_);
  return at_->stopped;
}

void RunWatch::work() {
  std::unique_lock lock(mutex_);
  int idle = 0;
  while (!end_) {
    if (runs_.empty() && ++idle * kWatchEvery >= kWatchAwake) {
      asleep_ = true;
      changed_.wait(lock, [this] { return end_ || !runs_.empty(); });
      asleep_ = false;
    }
    if (!runs_.empty()) idle = 0;
    for (Run& run : runs_) {
      if (run.stopped || !run.abandoned || !run.abandoned()) continue;
      run.stopped = true;
      run.stop();
    }
    changed_.wait_for(lock, kWatchEvery, [this] { return end_; });
  }
}

}  // namespace fovea::graph
