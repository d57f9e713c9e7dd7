// Ends runs that nobody waits for any more: a library's run is one call, and only another thread can stop it.
// Its thread asks every kWatchEvery while runs are under way, and sleeps when none was for kWatchAwake.
// Threads: any. Ownership: must outlive what it watches.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace fovea::graph {

class RunWatch {
  struct Run {
    const std::function<bool()>& abandoned;
    std::function<void()> stop;
    bool stopped = false;
  };

 public:
  RunWatch() = default;
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  // While it lives `abandoned` is asked; the first yes calls `stop`, once. Its end waits for a `stop` under way.
  class Guard {
   public:
    Guard(RunWatch& watch, const std::function<bool()>& abandoned, std::function<void()> stop);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    bool stopped() const;  // `stop` was called

   private:
    RunWatch& watch_;
    std::list<Run>::iterator at_;
  };

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Run> runs_;
  std::thread thread_;  // from the first run on
  bool asleep_ = false, end_ = false;
};

}  // namespace fovea::graph
