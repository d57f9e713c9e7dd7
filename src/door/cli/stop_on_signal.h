// SIGINT and SIGTERM, taken by one ordinary thread: made before any other thread is, it blocks them in all.
// SIGPIPE is ignored from then on.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>
#include <utility>

namespace fovea::cli {

class StopOnSignal {
 public:
  StopOnSignal();

  // Waits for a signal as long as it lives. Its end waits for a `stop` that is under way, so whatever `stop` uses must
  // have been made before the watch.
  class Watch {
   public:
    Watch(StopOnSignal& signals, std::function<void()> stop);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    std::atomic<bool> ended_{false};
    std::thread waiter_;
  };

  // Calls `stop` once, from a thread of its own, when one of them comes.
  [[nodiscard]] Watch watch(std::function<void()> stop) { return {*this, std::move(stop)}; }
  int received() const { return received_; }  // 0: none

 private:
  sigset_t signals_{};
  std::atomic<int> received_{0};
};

}  // namespace fovea::cli
