#include "serve/rollout/latency.h"

#include <algorithm>
#include <cmath>

namespace fovea::rollout {

constexpr double kFirstNs = 1000, kPerDoubling = 8;

void Latency::add(Nanos time) {
  const double ns = std::max(static_cast<double>(time.count()), kFirstNs);
  const auto at = static_cast<size_t>(std::ceil(std::log2(ns / kFirstNs) * kPerDoubling));
  ++buckets_[std::min(at, buckets_.size() - 1)];
  ++count_;
}

Nanos Latency::percentile(double share) const {
  if (count_ == 0) return Nanos(0);
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t seen = 0;
  size_t at = 0;
  while (at + 1 < buckets_.size() && (seen += buckets_[at]) < wanted) ++at;
  return Nanos(static_cast<int64_t>(kFirstNs * std::exp2(static_cast<double>(at) / kPerDoubling)));
}

}  // namespace fovea::rollout
