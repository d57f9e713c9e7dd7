// What the class "batch" gives up so that it can keep its promises under bursts above it: requests that were refused
// although a server that knows every burst to come could have answered them in time.
#include "serve/schedule/simulation_test.h"

namespace fovea::schedule {
namespace {

struct Job {
  double arrival = 0, deadline = 0, cost = 0;  // ns; cost: of the server
  bool batch = false;
};

// One server that does the classes above at once and batch by its deadlines in what time they leave.
bool all_in_time(const std::vector<Job>& jobs) {
  double now = 0, above = 0;
  std::priority_queue<std::pair<double, double>, std::vector<std::pair<double, double>>, std::greater<>> batch;
  for (size_t i = 0; i <= jobs.size(); ++i) {
    const double until = i < jobs.size() ? jobs[i].arrival : 1e18;
    const double first = std::min(above, until - now);
    above -= first, now += first;
    while (!batch.empty() && now < until) {
      auto [deadline, cost] = batch.top();
      batch.pop();
      const double done = std::min(cost, until - now);
      now += done;
      if (done < cost) {
        batch.emplace(deadline, cost - done);
      } else if (now > deadline) {
        return false;
      }
    }
    now = std::max(now, std::min(until, 1e17));
    if (i == jobs.size()) break;
    jobs[i].batch ? batch.emplace(jobs[i].deadline, jobs[i].cost) : void(above += jobs[i].cost);
  }
  return true;
}

// Which of the batch requests a server would take in that knows all that comes: in the order of their arrival, all that
// it can answer in time, beside what the classes above were given in fact.
std::vector<bool> clairvoyant_batch(const Outcome& outcome, int workers) {
  std::vector<bool> kept(outcome.fates.size());
  const auto jobs_with = [&](size_t more) {
    std::vector<Job> jobs;
    for (size_t i = 0; i < outcome.fates.size(); ++i) {
      const Fate& fate = outcome.fates[i];
      const bool batch = fate.request.priority == Priority::kBatch;
      if (batch ? !kept[i] && i != more : fate.kind == Fate::Kind::kRefused) continue;
      jobs.push_back({static_cast<double>(fate.arrival.count()), static_cast<double>(fate.request.deadline.count()),
                      kCost.shared_ns(fate.request.tokens, 4) / workers, batch});
    }
    return jobs;
  };
  for (size_t i = 0; i < outcome.fates.size(); ++i)
    if (outcome.fates[i].request.priority == Priority::kBatch) kept[i] = all_in_time(jobs_with(i));
  return kept;
}

struct Given {
  size_t offered = 0, in_time = 0, missed = 0, could = 0, refused_needlessly = 0;
  void add(const Outcome& outcome, int workers) {
    const std::vector<bool> kept = clairvoyant_batch(outcome, workers);
    for (size_t i = 0; i < outcome.fates.size(); ++i) {
      const Fate& fate = outcome.fates[i];
      if (fate.request.priority != Priority::kBatch) continue;
      ++offered;
      could += kept[i];
      if (fate.kind == Fate::Kind::kRefused) {
        refused_needlessly += kept[i];
      } else {
        ++(fate.kind == Fate::Kind::kDone && fate.end <= fate.request.deadline ? in_time : missed);
      }
    }
  }
  double given_up() const { return static_cast<double>(refused_needlessly) / static_cast<double>(could); }
  void print(const char* what) const {
    std::printf(
        "%s: %zu of batch offered, %zu in time, %zu late; a clairvoyant keeps %zu, of which %zu (%.1f %%) were "
        "refused\n",
        what, offered, in_time, missed, could, refused_needlessly, 100 * given_up());
  }
};

TEST(BatchClassSim, GivesUpFewThatAClairvoyantWouldKeep) {
  Given light, heavy;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Trace trace = trace_of(seed);
    trace.classes = true;
    trace.cancel = 0;
    const Outcome outcome = Simulation(trace).run();
    (trace.load < 1 ? light : heavy).add(outcome, trace.workers);
  }
  light.print("load under 1");
  heavy.print("load from 1 on");
  ASSERT_GT(light.could, 1000u);
  ASSERT_GT(heavy.could, 1000u);
  EXPECT_LE(light.given_up(), 0.04);
  EXPECT_LE(heavy.given_up(), 0.15);
}

}  // namespace
}  // namespace fovea::schedule
