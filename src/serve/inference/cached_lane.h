// The exact cache in front of a lane: inputs that were computed are answered at once, inputs that are being computed
// for somebody else of the same tenant are waited for, and only the rest is. A computation goes on while anybody waits
// for it, whoever began it. One that is refused or late for the call that began it is begun anew for those who still
// have time. A call waits only for a computation that is as urgent as itself. Answers are equal to the bit with and
// without it. Rows of all tokens are waited for, but not kept: they have hundreds of times the bytes of an embedding.
// Calls of remote models and inputs without tokens pass by. Journey: between ModelServer and Lane. Threads: every call
// from any. REQUIRES: outlives the lane's calls.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "serve/inference/exact_cache.h"
#include "serve/inference/inference.h"
#include "serve/inference/lane.h"

namespace fovea::inference {

class CachedLane {
 public:
  explicit CachedLane(size_t bytes_max, ExactCache::Hash hash = {}) : cache_(bytes_max, std::move(hash)) {}

  std::unique_ptr<Ticket> submit(Lane& lane, std::shared_ptr<LaneCall> call);
  void forget(std::string_view digest) { cache_.forget(digest); }
  const ExactCache& cache() const { return cache_; }

 private:
  struct Pending;
  struct Wish {
    std::shared_ptr<Pending> who;
    size_t index = 0;  // of its inputs
  };
  struct Flight {
    CacheKey key;
    std::vector<Wish> wishes;
  };
  // Inputs that go through the lane as one call.
  struct Run {
    Lane* lane = nullptr;
    std::shared_ptr<LaneCall> call;
    std::shared_ptr<Pending> began;
    std::vector<Flight> flights;  // [items of the call]
    std::vector<bool> shared;     // [flights] named in flights_
    bool started = false;         // the lane has it: what nobody wants before that is cancelled then
  };
  struct Pending {
    std::shared_ptr<LaneCall> call;  // as it came; `done` is taken when it ends
    std::vector<std::shared_ptr<Run>> runs;
    std::vector<Answer> answers;
    size_t left = 0;
    Nanos waited{0}, computed{0};
    bool ended = false;
  };
  class CacheTicket;
  using Ends = std::vector<std::pair<Done, std::expected<Reply, Failure>>>;

  std::shared_ptr<Run> take_apart(Lane& lane, const std::shared_ptr<Pending>& pending);
  void start(const std::shared_ptr<Run>& run);
  static bool is_wanted(const Run& run);  // under the lock
  void end(const std::shared_ptr<Run>& run, std::expected<Reply, Failure> outcome);
  void cancel(const std::shared_ptr<Pending>& pending);
  std::shared_ptr<Run> begin_anew(Lane& lane, Flight flight);
  void fill(Pending& pending, size_t index, const CachedRow& row, Ends& ends);
  static void finish(Pending& pending, std::expected<Reply, Failure> outcome, Ends& ends);
  static std::shared_ptr<LaneCall> copy_for(const Pending& pending, std::vector<Item> items);

  ExactCache cache_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::pair<std::shared_ptr<Run>, size_t>> flights_;  // under way, by the key's text
};

}  // namespace fovea::inference
