// What could not be decided or done, with its cause, its attempts and a way back to the original.
#pragma once

#include <string>

#include "base/clock.h"

namespace fovea::record {

struct DeadLetter {
  int64_t id = 0;
  std::string stage;  // parse, redact, clean, decide, act
  std::string source, event_id;
  std::string cause;  // one line
  std::string hint;
  int attempts = 1;
  std::string original;  // where the bytes came from
  std::string payload;   // digest of what was kept of the original (redacted), empty if nothing could be kept
  TimePoint at;
};

}  // namespace fovea::record
