// Looks from time to time where the names and aliases of a server's models point, in a thread of its own.
// Threads: one of its own. The destructor waits for a look that is under way.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "serve/inference/model_server.h"

namespace fovea::inference {

class Refresh {
 public:
  Refresh(ModelServer& server, Nanos every) : server_(server), every_(every), thread_([this] { run(); }) {}
  ~Refresh() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Refresh(const Refresh&) = delete;
  Refresh& operator=(const Refresh&) = delete;

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, every_, [this] { return stop_; })) {
      lock.unlock();
      server_.refresh();
      lock.lock();
    }
  }

  ModelServer& server_;
  const Nanos every_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace fovea::inference
