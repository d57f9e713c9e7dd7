// Loads and unloads, one after another in a thread of their own: they take seconds, and a server's threads must not
// wait. Threads: add() from any. The destructor lets the one that runs end, and drops the others.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace fovea::wire {

class Orders {
 public:
  Orders();
  ~Orders();
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

  bool add(std::function<void()> order);  // false: kOrdersMax wait

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> waiting_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace fovea::wire
