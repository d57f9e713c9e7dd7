// Whether the client of a request is still there. Whoever works for the request says what is to end when it goes.
// Threads: any. `leave` is called once, from a thread of the server, unless the request was answered before.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace fovea::http {

class Departure {
 public:
  // Replaces what was said before; called at once where the client is gone already.
  void on_leave(std::function<void()> leave) {
    {
      std::lock_guard lock(mutex_);
      if (!left_) {
        leave_ = std::move(leave);
        return;
      }
    }
    if (leave) leave();
  }

  void leave() {
    std::function<void()> leave;
    {
      std::lock_guard lock(mutex_);
      if (left_ || settled_) return;
      left_ = true;
      leave = std::move(leave_);
    }
    if (leave) leave();
  }

  void settle() {  // answered: nobody is told any more
    std::function<void()> forgotten;
    std::lock_guard lock(mutex_);
    settled_ = true;
    forgotten.swap(leave_);
  }

 private:
  std::mutex mutex_;
  std::function<void()> leave_;
  bool left_ = false, settled_ = false;
};

}  // namespace fovea::http
