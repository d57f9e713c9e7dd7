// Which request is computed next, by which deadline, together with which others; and which is refused when it arrives
// because it could not be in time.
// Journey: the lane offers requests whose tokens are known, takes groups for workers that are free, reports what they
// took. Time is passed in: nothing here waits.
// Promises: a request that was admitted is given to a worker once, cancelled, or named in `late`; what waits is bounded
// in requests, tokens and bytes; while something waits no take() gives nothing. Within a class the earliest deadline
// goes first, except that a tenant that had `tenant_lead_tokens` more than another waits for it.
// Units: nanoseconds of a steady clock. Threads: one at a time.
// Source: earliest deadline first with admission by predicted finish (Clockwork, OSDI 2020).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "serve/schedule/cost_model.h"
#include "serve/schedule/deadline_queue.h"
#include "serve/schedule/prediction_error.h"
#include "serve/schedule/priority.h"
#include "serve/schedule/tenant_shares.h"

namespace fovea::schedule {

struct SchedulerOptions {
  int workers = 1;
  size_t waiting_max = 4096;
  int64_t tokens_max = 1 << 20;  // that wait
  size_t bytes_max = size_t{256} << 20;
  int64_t group_tokens = 256;              // of one group, at most; unless one request alone has more
  int64_t tenant_lead_tokens = 2048;       // that a tenant may have had more than another whose work waits
  Nanos ageing = std::chrono::seconds(2);  // a request that waits so long moves up a class
  Nanos delay_max =
      std::chrono::seconds(1);  // of the least delayed in 100 ms: beyond, batch is refused; twice: standard
};

struct Request {
  uint64_t id = 0;  // never used twice
  uint32_t model = 0;
  Priority priority = Priority::kStandard;
  std::string tenant;
  int64_t tokens = 0;
  size_t bytes = 0;
  Nanos deadline{0};  // that is promised
  // Until when its answer is still of use: where the promise is about to be broken, it is computed for this. 0: the
  // deadline.
  Nanos useful{0};
  Nanos due(bool overdue) const { return overdue ? std::max(useful, deadline) : deadline; }
};

struct Refusal {
  enum class Why { kQueueFull, kOverloaded, kTooLate, kNoModel };
  Why why = Why::kOverloaded;
  Nanos retry_after{0};  // kTooLate: no retry helps, an idle server would be late too
};

struct Group {
  uint64_t id = 0;
  uint32_t model = 0;
  GroupWork work;
  std::vector<uint64_t> requests;
  Nanos expected{0};
  Nanos deadline{0};     // the earliest of its requests
  bool overdue = false;  // its first one was behind its deadline: `deadline` is until when answers are of use
  Nanos started{0};
  Nanos paused{0};          // that it lost to urgent groups
  uint64_t interrupts = 0;  // the group that pauses for this one; 0: none
  size_t rank = 0;          // the class that it was begun for
};

class Scheduler {
 public:
  explicit Scheduler(const SchedulerOptions& options) : options_(options) {}

  // `steps`: points at which its groups can pause, evenly spread (the layers); 1: none. `group_items`: requests that
  // one of its groups may have; 1: each is run alone.
  void add_model(uint32_t model, const CostModel& cost, int steps, size_t group_items = kGroupItemsMax);
  void set_cost(uint32_t model, const CostModel& cost);  // known better now; nothing where the model went
  void remove_model(uint32_t model);  // what waits for it is named in take_late(); running groups may finish
  const CostModel* cost(uint32_t model) const;

  // nullopt: admitted, it waits.
  std::optional<Refusal> offer(const Request& request, Nanos now);
  // For a worker that is free. nullopt: nothing waits.
  std::optional<Group> take(Nanos now);
  // For a worker at a pause of `running`: a request that would be late behind the rest of it, and that it can let pass
  // without being late itself. finish() it, then go on.
  std::optional<Group> take_urgent(uint64_t running, Nanos now);
  // `took`: of the worker, without pauses.
  void finish(uint64_t group, Nanos now, Nanos took);
  bool cancel(uint64_t request);  // false: it does not wait (any more)
  // Requests that can no longer be in time, or whose model went: the caller answers them.
  std::vector<uint64_t> take_late() { return std::exchange(late_, {}); }

  size_t waiting() const { return waiting_.size(); }
  int64_t waiting_tokens() const { return tokens_; }
  size_t running() const { return running_.size(); }
  Nanos backlog(Nanos now) const;  // until all that waits and runs would be done

 private:
  struct Model {
    CostModel cost;
    int steps = 1;
    double items_per_group = 1;  // lately: how many share the fixed cost
    size_t group_items = kGroupItemsMax;
    int64_t group_tokens = 0;
    size_t waiting = 0;
  };
  struct Waiting {
    Request request;
    size_t rank = 0;  // its class now, after ageing
    uint32_t tenant = 0;
    double cost_ns = 0;  // of a worker, among others
    double own_ns = 0;   // from its group's turn to its end, as it was admitted
    Nanos arrived{0};
    DeadlineKey key() const { return {request.deadline.count(), request.id}; }
  };
  struct Class {
    DeadlineQueue queue;
    std::map<uint32_t, std::set<DeadlineKey>> by_tenant;
    std::deque<std::pair<int64_t, uint64_t>> arrivals;  // [when it moves up, id], in order; may name what is gone
    double load = 0;                                    // share of the server that its admitted work takes, lately
    Nanos load_at{0};
    double reserve = kReserveFirst;  // share of the time until a deadline that admission leaves
  };

  static double left_ns(const Group& group, Nanos now);
  double busy_ns(Nanos now) const;
  double busy_before_ns(Nanos now, double before, double own) const;
  std::optional<Refusal> judge(const Waiting& waiting, const Model& model, Nanos now) const;
  double own_ns(const Request& request, const Model& model, double cost) const;
  double load_above(size_t rank, Nanos now) const;
  double burst_ns(const Model& model) const;
  void note_load(size_t rank, double cost, Nanos now);
  void put(Waiting&& waiting);
  Waiting remove(uint64_t id);
  void promote(Nanos now);
  std::optional<DeadlineKey> head(const Class& from) const;
  std::optional<uint64_t> next(Nanos now);
  Group start(uint64_t first, Nanos now, uint64_t interrupts);
  static bool can_wait(const Waiting& waiting, double until_ns, Nanos now);
  void fill(Group& group, size_t rank, Nanos now);
  double spare_ns(const Class& of, const Group& group, Nanos now) const;
  void note_delay(Nanos delay, Nanos now);
  static void note_kept(Class& of, bool kept);

  SchedulerOptions options_;
  std::unordered_map<uint32_t, Model> models_;
  std::array<Class, kPriorities> classes_;
  std::unordered_map<uint64_t, Waiting> waiting_;
  std::unordered_map<uint64_t, Group> running_;
  TenantShares shares_;
  PredictionError errors_;
  std::vector<uint64_t> late_;
  int64_t tokens_ = 0;
  size_t bytes_ = 0;
  uint64_t groups_ = 0;
  Nanos window_begin_{0}, window_least_{Nanos::max()}, least_delay_{0};
};

}  // namespace fovea::schedule
