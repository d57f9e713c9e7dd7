// Work that takes long, one piece after another in a thread of its own, so that a server's and a model's threads need
// not wait. Threads: add() from any. The destructor lets the piece that runs end, and drops the others.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "door/wire/limits.h"

namespace fovea::wire {

class SideThread {
 public:
  explicit SideThread(size_t waiting_max);
  ~SideThread();
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  bool add(std::function<void()> work);  // false: `waiting_max` wait

 private:
  void run();

  const size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> waiting_;
  bool ended_ = false;
  std::thread thread_;
};

// Those of one door.
struct SideThreads {
  SideThread loads{kLoadsMax};             // and unloads: seconds each
  SideThread requests{kLargeRequestsMax};  // large ones, read and taken in: up to a second each
  SideThread answers{kLargeAnswersMax};    // large ones, written out: up to a second each
};

}  // namespace fovea::wire
