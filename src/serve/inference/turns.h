// How the system shares its processors between threads that compute and those that answer: of the thread that calls.
// Where the system does not know this or refuses it, things stay as they are.
#pragma once

#include "base/clock.h"

namespace fovea::inference {

// What it begins now takes so long. Behind what takes long, others that wake up (a request that has come, an answer to
// send) would wait until its turn is over, 3 ms and more: it asks for longer turns, and what has shorter ones goes
// before it at once. It gets no more time, nor less. Linux 6.12 and later.
void fit_turns(Nanos work);

void give_way();  // it gets what time all others leave

}  // namespace fovea::inference
