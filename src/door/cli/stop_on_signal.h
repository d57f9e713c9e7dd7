// SIGINT and SIGTERM, taken by one ordinary thread: made before any other thread is, it blocks them in all.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace fovea::cli {

class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  // Calls `stop` once, from a thread of its own, when one of them comes.
  void watch(std::function<void()> stop);
  int received() const { return received_; }  // 0: none

 private:
  sigset_t signals_{};
  std::atomic<bool> ended_{false};
  std::atomic<int> received_{0};
  std::thread waiter_;
};

}  // namespace fovea::cli
