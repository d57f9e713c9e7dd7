#include "watch/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fovea::watch {

void LatencyHistogram::add(int64_t micros) {
  auto value = static_cast<uint64_t>(std::max<int64_t>(micros, 0));
  // Values under 64 have a bucket each; above, the power is the bucket's row and the next six bits its column.
  int power = value < kSteps ? 0 : std::bit_width(value) - 6;
  size_t index = power == 0 ? value : static_cast<size_t>(power) * kSteps + ((value >> (power - 1)) & (kSteps - 1));
  ++buckets_[std::min(index, buckets_.size() - 1)];
  ++count_;
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
}

double LatencyHistogram::percentile_us(double p) const {
  if (count_ == 0) return 0;
  auto rank = static_cast<uint64_t>(std::ceil(p / 100 * static_cast<double>(count_)));
  rank = std::clamp<uint64_t>(rank, 1, count_);
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen < rank) continue;
    if (i < kSteps) return static_cast<double>(i);
    size_t power = i / kSteps, step = i % kSteps;
    return std::ldexp(static_cast<double>(kSteps + step) + 0.5, static_cast<int>(power) - 1);
  }
  return 0;
}

}  // namespace fovea::watch
