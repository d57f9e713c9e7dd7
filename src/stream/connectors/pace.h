// How fast a flow gets on while something waits for it: events made durable a second, of the last kPaceSpan or so.
// Journey: a source that can say when to come again notes each pull. Time is passed in. Threads: one at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace fovea::connectors {

class Pace {
 public:
  // `kept`: durable so far; `waits`: more waited than this look takes, so that the time until the next one is work.
  void look(TimePoint now, uint64_t kept, bool waits);
  // Until `waiting` events are through, in [1, kRetryAfterMax] seconds; 1 as long as nothing is known.
  Nanos until_through(uint64_t waiting) const;

 private:
  struct Look {
    TimePoint at;
    uint64_t kept = 0;
  };
  std::optional<Look> last_;
  double seconds_ = 0, events_ = 0;
};

}  // namespace fovea::connectors
