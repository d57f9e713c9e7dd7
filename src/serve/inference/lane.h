// The workers that run calls: one scheduler for all models, one thread for each processor. What a worker takes it runs
// to its end, pausing between layers for a request that can't wait; calls whose clients went away stop there.
// Journey: ModelServer hands it calls whose inputs are read; it answers them from its threads.
// Threads: its own; every call from any other.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "serve/inference/backend.h"
#include "serve/inference/cost_learner.h"
#include "serve/schedule/scheduler.h"

namespace fovea::inference {

// A backend that the lane runs, and what happened to it.
struct LaneModel {
  uint32_t number = 0;
  std::shared_ptr<const Backend> backend;
  schedule::CostModel cost;  // as estimated at warm-up
  Statistics counts;         // under the lane's lock
  bool background = false;   // of the lane behind all others
  // Of the cache before the lane: inputs, and calls that never came here.
  std::atomic<uint64_t> cache_hits{0}, cache_misses{0}, cached_calls{0};
};

// A call on its way. Written by the lane under its lock, but for `gone`.
struct LaneCall {
  std::shared_ptr<LaneModel> model;
  std::string tenant;
  std::string region;
  schedule::Priority priority = schedule::Priority::kStandard;
  Nanos deadline{0}, tokenized{0};
  std::vector<Item> items;
  Done done;

  std::atomic<bool> gone{false};  // the client
  std::vector<Answer> answers;
  std::vector<uint64_t> requests;  // those that may still wait
  size_t left = 0;
  Nanos waited{0}, computed{0};  // of the request that took longest
  bool ended = false;
};

class RemoteLane;

class Lane {
 public:
  // `background`: its threads get what time all others leave.
  Lane(const schedule::SchedulerOptions& options, const Clock& clock, bool background = false);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // What groups cost, as far as a few runs tell: enough to serve. Errors: those of the backend.
  static Result<schedule::CostModel> estimate(const Backend& backend, const Clock& clock);

  std::shared_ptr<LaneModel> add(std::shared_ptr<const Backend> backend, const schedule::CostModel& cost);
  // Measures beside the model's work what groups cost, all lengths; from then on admission goes by that. Nothing where
  // it runs behind all others: what that takes says nothing of the model.
  void learn(const LaneModel& model);
  std::optional<schedule::CostModel> cost(const LaneModel& model) const;  // as it is known now
  // Lets go of what is kept of it as soon as nothing of it waits or runs. A call that found it before is still served.
  void retire(const std::shared_ptr<LaneModel>& model);

  void submit(const std::shared_ptr<LaneCall>& call);
  void cancel(const std::shared_ptr<LaneCall>& call);
  // Until every call is answered, or `until` (a time of Clock::steady()); false: some are not.
  bool drain(Nanos until);
  // What waits or runs is answered kUnavailable, and the threads end; what comes later is refused.
  void stop();

  Statistics statistics(const LaneModel& model) const;
  size_t waiting() const;
  int64_t waiting_tokens() const;
  int workers() const { return options_.workers; }

 private:
  struct Waits {
    std::shared_ptr<LaneCall> call;
    size_t index = 0;
    Nanos offered{0};
  };
  // Calls that end, answered when the lock is let go.
  struct Ending {
    std::shared_ptr<LaneCall> call;
    std::expected<Reply, Failure> answer;
  };
  struct Running;

  void work();
  void offer_model(const LaneModel& model);
  void renew_cost(uint32_t model, const schedule::CostModel& cost);
  void run(schedule::Group group, tensor::Arena& arena, std::unique_lock<std::mutex>& lock);
  Result<void> pause(Running& running);
  void end_group(Running& running, std::span<const Result<void>> results, std::vector<Ending>& ending);
  void end_late(std::vector<Ending>& ending);
  void let_go();
  void end(const std::shared_ptr<LaneCall>& call, std::expected<Reply, Failure> answer, std::vector<Ending>& ending);
  void forget_waiting(LaneCall& call);
  static void answer_all(std::vector<Ending>& ending);

  const schedule::SchedulerOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable work_, idle_;
  schedule::Scheduler scheduler_;
  std::unordered_map<uint64_t, Waits> requests_;  // waiting or running
  std::vector<std::shared_ptr<LaneModel>> retiring_;
  std::atomic<size_t> waiting_{0};
  uint64_t last_request_ = 0;
  uint32_t last_model_ = 0;
  size_t calls_ = 0, free_ = 0;
  bool stop_ = false;
  std::unique_ptr<RemoteLane> remote_;  // calls of models that run elsewhere
  std::unique_ptr<CostLearner> learner_;
  std::vector<std::thread> threads_;
};

}  // namespace fovea::inference
