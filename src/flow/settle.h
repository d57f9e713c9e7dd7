// Drives the effects of one event to their end without a Runner: for a command that holds the state's lock itself.
// Each attempt is kept before it is made and its outcome after it, as the Runner does, so that a crash loses nothing.
#pragma once

#include <vector>

#include "flow/actor.h"
#include "flow/desk.h"

namespace fovea::flow {

// Until every effect of the event is settled, held, or waits for longer than `patience` in all. Gives them as they then
// are; what is still open goes on with the next run.
Result<std::vector<record::Effect>> settle(const Desk& desk, Actor& actor, Clock& clock, int64_t seq, Nanos patience);

}  // namespace fovea::flow
