// What a text will cost: the curve that training fitted, corrected by what this machine then measures.
// Threads: any.
#pragma once

#include <algorithm>
#include <atomic>

#include "engine/train/model_record.h"

namespace fovea::serve {

class CostMeter {
 public:
  // `factor`: of what the curve says, until more is known.
  explicit CostMeter(const train::CostFit& fit, double factor = 1) : fit_(fit), factor_(factor) {}

  double us(size_t bytes) const { return fit_.us(bytes) * factor_.load(std::memory_order_relaxed); }

  // A group that was expected to cost `expected` (of the uncorrected curve) took `measured` microseconds.
  void learn(double expected_us, double measured_us) {
    if (expected_us <= 0) return;
    double factor = factor_.load(std::memory_order_relaxed);
    double seen = std::clamp(measured_us / expected_us, 0.1, 20.0);
    factor_.store(0.9 * factor + 0.1 * seen, std::memory_order_relaxed);
  }
  double uncorrected_us(size_t bytes) const { return fit_.us(bytes); }

 private:
  train::CostFit fit_;
  std::atomic<double> factor_;
};

}  // namespace fovea::serve
