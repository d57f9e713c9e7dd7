// Latency percentiles from a fixed table of buckets: 64 linear steps in each power of two (as HdrHistogram does), so
// that a value is known to 1/64.
// Threads: one. Cost: one increment.
#pragma once

#include <array>
#include <cstdint>

namespace fovea::watch {

class LatencyHistogram {
 public:
  void add(int64_t micros);
  void add(const LatencyHistogram& other);  // all that it has seen
  uint64_t count() const { return count_; }
  double percentile_us(double p) const;  // p in [0, 100]; 0 if nothing was added

 private:
  static constexpr int kSteps = 64;
  static constexpr int kPowers = 36;  // up to 2^41 us: 25 days
  std::array<uint64_t, kSteps * kPowers> buckets_{};
  uint64_t count_ = 0;
};

}  // namespace fovea::watch
