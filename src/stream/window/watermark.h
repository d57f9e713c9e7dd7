// How far event time has come: the greatest trusted event time less the lateness that is waited for.
// Journey: flow asks it before windows; an event older than the watermark goes to the late output.
// A time in the future (a forged date, a wrong clock) cannot push it: what lies past now + kFutureTolerance is not
// trusted.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace fovea::window {

class Watermark {
 public:
  explicit Watermark(Nanos lateness) : lateness_(lateness) {}
  // The time to use for this event: its own, or `now` where its own lies in the future.
  static TimePoint trusted(TimePoint event_time, TimePoint now);
  void observe(TimePoint event_time, TimePoint now);  // never moves back
  bool is_late(TimePoint event_time) const { return seen_ && event_time < at(); }
  TimePoint at() const;  // the earliest representable time before anything was seen

  std::string to_bytes() const;
  Result<void> restore(std::string_view bytes);

 private:
  Nanos lateness_;
  TimePoint max_{INT64_MIN};
  bool seen_ = false;
};

}  // namespace fovea::window
