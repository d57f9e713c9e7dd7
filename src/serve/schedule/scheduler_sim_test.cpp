// What must hold of the scheduler over thousands of traces.
#include "serve/schedule/simulation_test.h"

namespace fovea::schedule {
namespace {

using std::chrono::milliseconds;

// What a server does that knows each request's cost, never pauses while there is work, and takes in, in the order of
// their arrival, all that it can answer in time.
size_t clairvoyant(const Outcome& outcome, int workers) {
  double free = 0;
  size_t done = 0;
  for (const Fate& fate : outcome.fates) {
    const double ends =
        std::max(free, static_cast<double>(fate.arrival.count())) + kCost.shared_ns(fate.request.tokens, 4) / workers;
    if (ends > static_cast<double>(fate.request.deadline.count())) continue;
    free = ends;
    ++done;
  }
  return done;
}

// Admitted requests and those of them that were late, of one class.
struct Promises {
  size_t admitted = 0, missed = 0;
  double share() const { return static_cast<double>(missed) / static_cast<double>(admitted); }
  void add(const Outcome& outcome, Priority priority) {
    for (const Fate& fate : outcome.fates) {
      if (fate.kind == Fate::Kind::kRefused || fate.request.priority != priority) continue;
      ++admitted;
      missed += fate.kind == Fate::Kind::kLate || fate.end > fate.request.deadline;
    }
  }
};

// Every request has one end, whatever the trace; nothing that was admitted disappears; few are late, and of those of
// the first class, which no other displaces, hardly any.
TEST(SchedulerSim, ThousandsOfTraces) {
  Promises alone, classes[kPriorities];
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    const Trace trace = trace_of(seed);
    const Outcome outcome = Simulation(trace).run();
    using Kind = Fate::Kind;
    ASSERT_EQ(outcome.count(Kind::kRefused) + outcome.count(Kind::kDone) + outcome.count(Kind::kLate) +
                  outcome.count(Kind::kCancelled),
              outcome.fates.size())
        << "seed " << seed;
    if (!trace.classes) alone.add(outcome, Priority::kStandard);
    if (trace.classes)
      for (size_t i = 0; i < kPriorities; ++i) classes[i].add(outcome, static_cast<Priority>(i));
    if (HasFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_LE(alone.share(), 0.001) << alone.missed << " of " << alone.admitted;
  EXPECT_LE(classes[0].share(), 0.001) << classes[0].missed << " of " << classes[0].admitted;
  EXPECT_LE(classes[1].share(), 0.01) << classes[1].missed << " of " << classes[1].admitted;
  EXPECT_LE(classes[2].share(), 0.05) << classes[2].missed << " of " << classes[2].admitted;
}

// One class, one tenant, costs as predicted: an admission is a promise.
TEST(SchedulerSim, WithExactCostsAtMostOneInAThousandIsLate) {
  size_t admitted = 0, missed = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Trace trace;
    trace.seed = seed;
    trace.workers = 1 + static_cast<int>(seed % 3);
    trace.load = 0.8 + 0.3 * static_cast<double>(seed % 5);
    trace.burst = seed % 2 ? 1.0 : 10.0;
    const Outcome outcome = Simulation(trace).run();
    admitted += outcome.fates.size() - outcome.count(Fate::Kind::kRefused);
    missed += outcome.missed();
  }
  EXPECT_LE(1000 * missed, admitted) << missed << " of " << admitted;
}

// Half as much again as the server can do: it does what it can.
TEST(SchedulerSim, OverloadKeepsGoodput) {
  for (double burst : {1.0, 20.0}) {
    Trace trace;
    trace.load = 1.5;
    trace.burst = burst;
    trace.noise = 0.1;
    trace.requests = 20000;
    trace.objective = milliseconds(250);
    const Outcome outcome = Simulation(trace).run();
    const double goodput = outcome.useful_ns / (static_cast<double>(outcome.end.count()) * trace.workers);
    EXPECT_GE(goodput, 0.95) << "burst " << burst;
    const size_t admitted = outcome.fates.size() - outcome.count(Fate::Kind::kRefused);
    EXPECT_LE(1000 * outcome.missed(), admitted) << outcome.missed() << " of " << admitted << ", burst " << burst;
  }
}

// Requests in time beside the clairvoyant's, over thousands of traces of one class: steady, in bursts, with busy and
// quiet times as Azure's recorded arrivals have them.
TEST(SchedulerSim, GoodputIsNearlyAClairvoyants) {
  double good = 0, best = 0;
  size_t admitted = 0, missed = 0;
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    Random random(seed);
    Trace trace;
    trace.seed = seed;
    trace.workers = 1 + static_cast<int>(random.below(2));
    trace.load = 0.7 + 1.5 * random.uniform();
    trace.noise = random.below(2) ? 0.1 * random.uniform() : 0;
    trace.burst = random.below(2) ? 1.0 + static_cast<double>(random.below(10)) : 1.0;
    trace.swing = 1 + 3 * random.uniform();
    trace.requests = 600;
    trace.objective = milliseconds(100 + static_cast<int64_t>(random.below(900)));
    trace.same_objective = true;
    const Outcome outcome = Simulation(trace).run();
    const auto can = static_cast<double>(clairvoyant(outcome, trace.workers));
    const auto in_time = static_cast<double>(outcome.count(Fate::Kind::kDone));
    EXPECT_GE(in_time, 0.85 * can) << "seed " << seed;
    good += in_time;
    best += can;
    admitted += outcome.fates.size() - outcome.count(Fate::Kind::kRefused);
    missed += outcome.missed();
  }
  EXPECT_GE(good - static_cast<double>(missed), 0.95 * best);
  EXPECT_LE(1000 * missed, admitted) << missed << " of " << admitted;
}

TEST(SchedulerSim, UnderHalfALoadNothingIsRefused) {
  Trace trace;
  trace.load = 0.5;
  trace.requests = 5000;
  trace.objective = milliseconds(500);
  const Outcome outcome = Simulation(trace).run();
  EXPECT_EQ(outcome.count(Fate::Kind::kDone), outcome.fates.size());
}

}  // namespace
}  // namespace fovea::schedule
