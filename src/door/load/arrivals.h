// When requests fall due: offsets from the start, the same ones from the same seed. An open loop: they depend on no
// answer.
//   poisson  independent arrivals: exponential gaps
//   uniform  equal gaps; hides tails, for comparison
//   bursty   Poisson whose rate jumps (MMPP-2): calm at kCalmRate for kCalmS in the mean, then a burst at kBurstRate
//            for kBurstS; the mean rate is the one asked for
//   trace    as recorded, `speed` times as fast; ends with the trace
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/random.h"
#include "door/load/trace.h"

namespace fovea::load {

enum class Pattern : uint8_t { kPoisson, kUniform, kBursty, kTrace };

constexpr double kCalmRate = 0.5, kBurstRate = 3;  // times the rate; 0.8 * 0.5 + 0.2 * 3 = 1
constexpr double kCalmS = 0.8, kBurstS = 0.2;

struct ArrivalPlan {
  Pattern pattern = Pattern::kPoisson;
  double rate = 0;  // requests a second; > 0 unless kTrace
  int64_t duration_ns = INT64_MAX;
  uint64_t count_max = UINT64_MAX;
  uint64_t seed = 1;
  std::shared_ptr<const Trace> trace = nullptr;  // for kTrace
  double speed = 1;                              // for kTrace
};

struct Arrival {
  uint64_t number = 0;  // 0, 1, 2, ...
  int64_t due_ns = 0;   // from the start; never falls
};

class Arrivals {
 public:
  explicit Arrivals(ArrivalPlan plan);
  std::optional<Arrival> next();

 private:
  double gap_s(double rate);  // exponential
  double bursty_s();          // the next arrival of kBursty

  ArrivalPlan plan_;
  Random random_;
  uint64_t number_ = 0;
  double at_s_ = 0;
  double phase_ends_s_ = 0;  // kBursty
  bool bursting_ = true;     // the first phase drawn is calm
};

}  // namespace fovea::load
