// What groups of a model of texts cost, measured: a first estimate from two shapes before it serves, all lengths after.
// Threads: any. Errors: those of the backend; kCancelled where `stop` said so;
// kUnavailable where too little could be measured.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/cpu_time.h"
#include "serve/inference/backend.h"
#include "serve/schedule/cost_model.h"

namespace fovea::inference {

struct Stopwatch {
  const Clock& clock;
  std::function<double()> processor_s = thread_cpu_seconds;  // that the caller had: a run with less was disturbed
};

// A few milliseconds. Of longer texts than it tried it says more than they will take.
Result<schedule::CostModel> estimate_texts(const Backend& backend, const Stopwatch& watch);
// A grid of lengths, alone and eight together; at most some 10 s of a processor. What would not be
// measured twice alike, undisturbed, is left out.
Result<schedule::CostModel> measure_texts(const Backend& backend, const Stopwatch& watch,
                                          const std::function<bool()>& stop);

}  // namespace fovea::inference
