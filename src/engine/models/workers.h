// A fixed set of threads that work through numbered items; the caller works along. They sleep when there is nothing to
// do, and where there is one for each processor of the process's affinity, each but the caller stays on its own.
// Threads: run() from one at a time.
// Errors: of create(): kResourceExhausted where the system starts no more threads; none is left behind then.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"

namespace fovea::models {

// Processors that this process may use: its affinity, and the quota of its cgroup (v1 or v2), rounded up; at least 1.
int processors();

class Workers {
 public:
  // 0: processors(). The caller is one of them. At most kWorkersMax.
  static Result<std::unique_ptr<Workers>> create(int count);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int count() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls work(item, worker) for each item in [0, items), worker in [0, count()); returns when all are done. Items are
  // handed out in order. `work` must not throw.
  void run(size_t items, const std::function<void(size_t item, size_t worker)>& work);

 private:
  Workers() = default;
  Result<void> start(int count);
  void serve(size_t worker);
  void pin();
  void take_items(size_t worker);

  std::mutex mutex_;
  std::condition_variable begin_, end_;
  const std::function<void(size_t, size_t)>* work_ = nullptr;
  size_t items_ = 0;
  std::atomic<size_t> next_{0};
  size_t round_ = 0, busy_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fovea::models
