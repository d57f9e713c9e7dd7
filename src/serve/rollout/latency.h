// A distribution of times in buckets that are 9 % apart: counts, and percentiles as the upper edge of their bucket.
// Threads: one at a time.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace fovea::rollout {

class Latency {
 public:
  void add(Nanos time);
  uint64_t count() const { return count_; }
  Nanos percentile(double share) const;  // 0.99; 0 where nothing was added

 private:
  std::array<uint32_t, 256> buckets_{};  // from 1 us, 8 to each doubling
  uint64_t count_ = 0;
};

}  // namespace fovea::rollout
