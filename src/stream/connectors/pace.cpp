#include "stream/connectors/pace.h"

#include <algorithm>
#include <cmath>

#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

constexpr double kPaceSpan = 5;     // seconds after which what was seen counts for a third
constexpr double kKnownFrom = 0.1;  // seconds of work

}  // namespace

void Pace::look(TimePoint now, uint64_t kept, bool waits) {
  if (last_ && now.ns > last_->at.ns) {  // the clock may have been set
    const double took = static_cast<double>(now.ns - last_->at.ns) / 1e9, fades = std::exp(-took / kPaceSpan);
    seconds_ = seconds_ * fades + took;
    events_ = events_ * fades + static_cast<double>(kept - last_->kept);
  }
  last_ = waits ? std::optional(Look{now, kept}) : std::nullopt;
}

Nanos Pace::until_through(uint64_t waiting) const {
  const double most = static_cast<double>(kRetryAfterMax.count());
  double seconds = 1;
  if (seconds_ >= kKnownFrom) seconds = static_cast<double>(waiting) * seconds_ / std::max(events_, 1e-9);
  const double whole = std::ceil(seconds - 1e-6);  // sums of fractions end a little beside the whole ones
  return std::chrono::seconds(static_cast<int64_t>(std::clamp(whole, 1.0, most)));
}

}  // namespace fovea::connectors
