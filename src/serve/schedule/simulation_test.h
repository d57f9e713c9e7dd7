// The scheduler over seeded traces with a virtual clock: workers that take what groups cost (exactly, or with noise),
// bursts, tenants, classes, clients that go away. What must hold whatever the trace is asserted for each.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <queue>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "serve/schedule/scheduler.h"

namespace fovea::schedule {

struct Trace {
  uint64_t seed = 1;
  int workers = 2;
  int requests = 300;
  double load = 1;   // offered work / capacity
  double noise = 0;  // of what a group takes, relative
  double burst = 1;  // requests that arrive together, in the mean
  bool classes = false;
  int tenants = 1;
  double cancel = 0;  // share of requests whose client goes away
  Nanos objective = std::chrono::milliseconds(100);
  bool same_objective = false;  // for all; else up to twice as long
  double swing = 1;             // rate of busy times beside the mean, as much less in quiet ones
  int steps = 6;
};

struct Fate {
  enum class Kind { kWaiting, kRefused, kRunning, kDone, kLate, kCancelled };
  Kind kind = Kind::kWaiting;
  Request request;
  Nanos arrival{0}, end{0};
  Refusal refusal;
};

struct Outcome {
  std::vector<Fate> fates;
  Nanos end{0};
  double busy_ns = 0;    // work that workers did
  double useful_ns = 0;  // of it for requests that were in time
  size_t count(Fate::Kind kind) const { return static_cast<size_t>(std::ranges::count(fates, kind, &Fate::kind)); }
  size_t missed() const {
    return count(Fate::Kind::kLate) + static_cast<size_t>(std::ranges::count_if(fates, [](const Fate& fate) {
             return fate.kind == Fate::Kind::kDone && fate.end > fate.request.deadline;
           }));
  }
};

// 60 us a group, 60 us a token, a little for the square: MiniLM on one core.
inline const CostModel kCost(60e3, 60e3, 30);
constexpr double kSwingNs = 400e6;  // how long busy and quiet times last, in the mean

class Simulation {
 public:
  explicit Simulation(const Trace& trace, SchedulerOptions options = {})
      : trace_(trace), random_(trace.seed), scheduler_(with_workers(options, trace.workers)) {
    scheduler_.add_model(1, kCost, trace.steps);
  }

  Outcome run() {
    make_requests();
    size_t next = 0;
    int free = trace_.workers;
    while (true) {
      while (free > 0) {
        auto group = scheduler_.take(now_);
        note_late();
        if (!group) break;
        begin(std::move(*group));
        --free;
      }
      EXPECT_TRUE(free == 0 || scheduler_.waiting() == 0) << "a worker is idle while something waits";
      const bool arrives = next < arrivals_.size();
      if (!arrives && ends_.empty()) break;
      if (arrives && (ends_.empty() || arrivals_[next].first <= ends_.top().first)) {
        now_ = arrivals_[next].first;
        arrive(arrivals_[next++].second);
      } else {
        now_ = ends_.top().first;
        const uint64_t id = ends_.top().second;
        ends_.pop();
        end(id);
        ++free;
      }
    }
    outcome_.end = now_;
    EXPECT_EQ(scheduler_.waiting(), 0u);
    EXPECT_EQ(scheduler_.waiting_tokens(), 0);
    EXPECT_EQ(scheduler_.running(), 0u);
    return std::move(outcome_);
  }

 private:
  static SchedulerOptions with_workers(SchedulerOptions options, int workers) {
    options.workers = workers;
    return options;
  }

  int64_t draw_tokens() {  // lognormal, median 15, p95 200, as messages are
    const double normal = std::sqrt(-2 * std::log(1 - random_.uniform())) * std::cos(6.2831853 * random_.uniform());
    return std::clamp<int64_t>(std::llround(15 * std::exp(1.575 * normal)), 3, 512);
  }

  void make_requests() {
    double total = 0;
    for (int i = 0; i < trace_.requests; ++i) {
      Request request;
      request.id = static_cast<uint64_t>(i) + 1;
      request.model = 1;
      request.tokens = draw_tokens();
      request.bytes = static_cast<size_t>(request.tokens) * 5;
      request.priority = trace_.classes ? static_cast<Priority>(random_.below(3)) : Priority::kStandard;
      request.tenant = "t" + std::to_string(random_.below(static_cast<uint64_t>(trace_.tenants)));
      total += kCost.expected_ns(GroupWork::of(request.tokens));
      outcome_.fates.push_back({Fate::Kind::kWaiting, request, {}, {}, {}});
    }
    const double gap = total / trace_.requests / trace_.workers / trace_.load;
    double at = 0, turn = 0;
    bool busy = false;
    for (size_t i = 0; i < outcome_.fates.size();) {
      if (at >= turn) {
        busy = !busy;
        turn = at - std::log(1 - random_.uniform()) * kSwingNs;
      }
      at += -std::log(1 - random_.uniform()) * gap * trace_.burst * (busy ? 1 / trace_.swing : trace_.swing);
      const auto together = 1 + random_.below(static_cast<uint64_t>(2 * trace_.burst) - 1);
      for (uint64_t b = 0; b < together && i < outcome_.fates.size(); ++b, ++i) {
        Fate& fate = outcome_.fates[i];
        fate.arrival = Nanos(static_cast<int64_t>(at));
        const auto more = static_cast<int64_t>(random_.below(static_cast<uint64_t>(trace_.objective.count())));
        fate.request.deadline = fate.arrival + trace_.objective + Nanos(trace_.same_objective ? 0 : more);
        arrivals_.emplace_back(fate.arrival, fate.request.id);
      }
    }
  }

  Fate& fate(uint64_t id) { return outcome_.fates[id - 1]; }

  void arrive(uint64_t id) {
    Fate& of = fate(id);
    if (auto refused = scheduler_.offer(of.request, now_)) {
      of.kind = Fate::Kind::kRefused;
      of.refusal = *refused;
    } else if (random_.uniform() < trace_.cancel) {
      EXPECT_TRUE(scheduler_.cancel(id));
      EXPECT_FALSE(scheduler_.cancel(id));
      of.kind = Fate::Kind::kCancelled;
    }
    note_late();
  }

  void note_late() {
    for (uint64_t id : scheduler_.take_late()) {
      EXPECT_EQ(fate(id).kind, Fate::Kind::kWaiting);
      fate(id).kind = Fate::Kind::kLate;
    }
  }

  void begin(Group group) {
    for (uint64_t id : group.requests) {
      EXPECT_EQ(fate(id).kind, Fate::Kind::kWaiting) << "given to a worker twice";
      fate(id).kind = Fate::Kind::kRunning;
    }
    const double took = kCost.expected_ns(group.work) * (1 + trace_.noise * (2 * random_.uniform() - 1));
    const auto until = now_ + Nanos(static_cast<int64_t>(took));
    ends_.emplace(until, group.id);
    outcome_.busy_ns += took;
    running_[group.id] = std::move(group);
  }

  void end(uint64_t id) {
    const Group group = std::move(running_[id]);
    running_.erase(id);
    scheduler_.finish(id, now_, now_ - group.started);
    for (uint64_t request : group.requests) {
      fate(request).kind = Fate::Kind::kDone;
      fate(request).end = now_;
      if (now_ <= fate(request).request.deadline) outcome_.useful_ns += kCost.added_ns(fate(request).request.tokens);
    }
  }

  using End = std::pair<Nanos, uint64_t>;
  Trace trace_;
  Random random_;
  Scheduler scheduler_;
  Nanos now_{0};
  Outcome outcome_;
  std::vector<std::pair<Nanos, uint64_t>> arrivals_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::unordered_map<uint64_t, Group> running_;
};

inline Trace trace_of(uint64_t seed) {
  Random random(seed * 77);
  Trace trace;
  trace.seed = seed;
  trace.workers = 1 + static_cast<int>(random.below(4));
  trace.load = 0.3 + 1.9 * random.uniform();
  trace.noise = random.below(2) ? 0.2 * random.uniform() : 0;
  trace.burst = random.below(2) ? 1.0 + static_cast<double>(random.below(20)) : 1.0;
  trace.classes = random.below(2) == 1;
  trace.tenants = 1 + static_cast<int>(random.below(3));
  trace.cancel = random.below(3) ? 0 : 0.1;
  trace.objective = std::chrono::milliseconds(30 + static_cast<int64_t>(random.below(300)));
  return trace;
}

}  // namespace fovea::schedule
