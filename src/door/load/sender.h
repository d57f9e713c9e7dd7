// One thread of a run: takes every `threads`-th arrival of the plan, sends it when it is due, and counts what is heard.
// Journey: arrivals -> Transport -> Tally.
// Threads: run() in its own; live() from any.
// Errors: those of the transport that cannot be made. Blocks until all is heard, given up or stopped.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "door/load/arrivals.h"
#include "door/load/http_transport.h"
#include "door/load/tally.h"

namespace fovea::load {

// All senders of a run begin at one moment, when the last of them is ready.
class Start {
 public:
  explicit Start(size_t senders) : not_ready_(senders) {}
  int64_t wait();  // of the steady clock. Called by each sender once; blocks

 private:
  std::mutex mutex_;
  std::condition_variable all_ready_;
  size_t not_ready_;
  int64_t at_ns_ = 0;
};

struct SenderPlan {
  ArrivalPlan arrivals;
  uint64_t index = 0, threads = 1;
  HttpLink link;
  int64_t span_ns = 0;  // how long requests fall due
  int64_t objective_ns = 0;
  int64_t give_up_ns = 0;  // after it was due
};

// What is known while it runs; a sweep old.
struct Live {
  std::atomic<uint64_t> offered{0}, admitted{0}, refused{0}, failed{0};
  std::atomic<int64_t> at_ns{0};  // of the plan
};

// Borrows all of them. `stop`: no more arrivals, and no more waiting for answers.
Result<Tally> run_sender(const SenderPlan& plan, const std::vector<Payload>& payloads, Start& start,
                         const std::atomic<bool>& stop, Live& live);

}  // namespace fovea::load
