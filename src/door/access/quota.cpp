#include "door/access/quota.h"

#include <algorithm>
#include <cmath>

#include "door/access/limits.h"

namespace fovea::access {
namespace {

constexpr double kMinuteNs = 60e9;

Nanos until(double missing, int64_t per_minute) {
  return Nanos(static_cast<int64_t>(std::ceil(missing * kMinuteNs / static_cast<double>(per_minute))));
}

}  // namespace

void Quota::refill(Bucket& bucket, int64_t per_minute, Nanos passed) const {
  const auto full = static_cast<double>(per_minute);
  if (!bucket.filled) bucket = {full, true};
  bucket.level = std::min(full, bucket.level + full * static_cast<double>(passed.count()) / kMinuteNs);
}

Quota::Admission Quota::begin(Nanos now) {
  const std::lock_guard lock(mutex_);
  const Nanos passed = std::max(now - at_, Nanos(0));
  at_ = std::max(at_, now);
  refill(requests_, limits_.requests_per_minute, passed);
  refill(tokens_, limits_.tokens_per_minute, passed);
  if (limits_.at_once > 0 && under_way_ >= limits_.at_once) return {Spent::kAtOnce, kAtOnceRetry};
  if (limits_.requests_per_minute > 0 && requests_.level < 1) {
    return {Spent::kRequests, until(1 - requests_.level, limits_.requests_per_minute)};
  }
  if (limits_.tokens_per_minute > 0 && tokens_.level <= 0) {
    return {Spent::kTokens, until(1 - tokens_.level, limits_.tokens_per_minute)};
  }
  requests_.level -= 1;
  ++under_way_;
  return {};
}

void Quota::end() {
  const std::lock_guard lock(mutex_);
  --under_way_;
}

void Quota::charge(int64_t tokens, Nanos now) {
  if (limits_.tokens_per_minute == 0) return;
  const std::lock_guard lock(mutex_);
  const Nanos passed = std::max(now - at_, Nanos(0));
  at_ = std::max(at_, now);
  refill(requests_, limits_.requests_per_minute, passed);
  refill(tokens_, limits_.tokens_per_minute, passed);
  tokens_.level -= static_cast<double>(std::max<int64_t>(tokens, 0));
}

int64_t Quota::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_;
}

}  // namespace fovea::access
