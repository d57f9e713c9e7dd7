#include "door/load/arrivals.h"

#include <cmath>

namespace fovea::load {

Arrivals::Arrivals(ArrivalPlan plan) : plan_(std::move(plan)), random_(plan_.seed) {}

double Arrivals::gap_s(double rate) {
  return -std::log1p(-random_.uniform()) / rate;
}

// Gaps have no memory: one that reaches into the next phase is drawn again from its beginning, at its rate.
double Arrivals::bursty_s() {
  for (;;) {
    if (at_s_ >= phase_ends_s_) {
      bursting_ = !bursting_;
      phase_ends_s_ += gap_s(1 / (bursting_ ? kBurstS : kCalmS));
    }
    const double due = at_s_ + gap_s(plan_.rate * (bursting_ ? kBurstRate : kCalmRate));
    if (due < phase_ends_s_) return due;
    at_s_ = phase_ends_s_;
  }
}

std::optional<Arrival> Arrivals::next() {
  if (number_ >= plan_.count_max) return std::nullopt;
  double due_ns = 0;
  switch (plan_.pattern) {
    case Pattern::kPoisson:
      at_s_ += gap_s(plan_.rate);
      due_ns = at_s_ * 1e9;
      break;
    case Pattern::kUniform:
      due_ns = static_cast<double>(number_) / plan_.rate * 1e9;
      break;
    case Pattern::kBursty:
      at_s_ = bursty_s();
      due_ns = at_s_ * 1e9;
      break;
    case Pattern::kTrace:
      if (number_ >= plan_.trace->rows.size()) return std::nullopt;
      due_ns = static_cast<double>(plan_.trace->rows[number_].at_ns) / plan_.speed;
      break;
  }
  if (due_ns >= static_cast<double>(plan_.duration_ns)) return std::nullopt;
  return Arrival{number_++, static_cast<int64_t>(due_ns)};
}

}  // namespace fovea::load
