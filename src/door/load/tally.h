// What became of the requests of a run.
//   admitted   answered with a result; late: so, but beyond the objective
//   refused    told to come again: 429, or 503 with Retry-After (or Triton's or Ray Serve's words for a full queue)
//   failed     everything else: statuses, broken connections, wrong answers, none at all
//   unfinished a run that was interrupted did not wait for them
// Threads: one; tallies of several are added up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "door/load/transport.h"
#include "watch/latency.h"

namespace fovea::load {

// A distribution of times, with its exact mean and maximum.
class Times {
 public:
  void add(int64_t ns) {
    histogram_.add(ns / 1000);
    sum_ns_ += static_cast<double>(ns);
    max_ns_ = std::max(max_ns_, ns);
  }
  void add(const Times& other) {
    histogram_.add(other.histogram_);
    sum_ns_ += other.sum_ns_;
    max_ns_ = std::max(max_ns_, other.max_ns_);
  }
  uint64_t count() const { return histogram_.count(); }
  double percentile_ms(double p) const { return std::min(histogram_.percentile_us(p) * 1e-3, max_ms()); }
  double mean_ms() const { return count() == 0 ? 0 : sum_ns_ * 1e-6 / static_cast<double>(count()); }
  double max_ms() const { return static_cast<double>(max_ns_) * 1e-6; }

 private:
  watch::LatencyHistogram histogram_;
  double sum_ns_ = 0;
  int64_t max_ns_ = 0;
};

struct Failures {
  uint64_t count = 0;
  std::string first;  // what was said the first time
};

struct Tally {
  uint64_t offered = 0, admitted = 0, late = 0, refused = 0, failed = 0, unfinished = 0;
  uint64_t checked = 0, tokens = 0, connections = 0;
  uint64_t waited = 0;    // found all connections taken
  Times latency;          // of admitted ones, from the moment they were due
  Times service;          // of admitted ones, from the moment they were sent
  Times refusal;          // of refused ones, from the moment they were due
  Times refusal_service;  // of refused ones, from the moment they were sent
  Times lag;              // how late the sender itself took up what was due
  std::map<std::string, Failures, std::less<>> failures;
  int64_t arrivals_ns = 0;  // from the start to the end of the arrivals
  int64_t last_ns = 0;      // to the last answer
  double cpu_s = 0;         // of the senders

  void hear(const Heard& heard, int64_t objective_ns);
  void add(const Tally& other);
};

}  // namespace fovea::load
