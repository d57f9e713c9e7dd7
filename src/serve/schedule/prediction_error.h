// How far what groups took was from what was expected of them, over stretches of work as a queue is one: single groups
// err by more, but their errors cancel out; what does not (a machine that becomes slower) is what a queue must allow
// for. Journey: the scheduler notes each group that ended and multiplies the work before a request by margin(). Units:
// nanoseconds of one worker. Threads: one at a time.
#pragma once

#include <array>
#include <cstddef>

#include "serve/schedule/limits.h"

namespace fovea::schedule {

class PredictionError {
 public:
  void note(double expected_ns, double took_ns);
  double margin() const { return margin_; }  // of predicted work: hardly a stretch took more

 private:
  void end_stretch();

  std::array<double, kStretches> errors_ = {};  // took / expected - 1
  size_t seen_ = 0, groups_ = 0;
  double expected_ = 0, took_ = 0;
  double margin_ = 1.05;
};

}  // namespace fovea::schedule
