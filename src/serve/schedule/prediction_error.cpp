#include "serve/schedule/prediction_error.h"

#include <algorithm>
#include <cmath>

namespace fovea::schedule {
namespace {

constexpr double kStretchNs = 100e6;
constexpr size_t kStretchGroups = 64;  // where groups are so short that this is less
constexpr size_t kStretchesFirst = 4;  // from which on there is something to say
constexpr double kErrorMost = 0.3;     // of a stretch: beyond is a hiccup, which no margin allows for
constexpr double kDeviations = 3;      // standard deviations: 0.1 % of a normal distribution are beyond
constexpr double kMarginLeast = 1.01, kMarginMost = 1.5;

}  // namespace

void PredictionError::note(double expected_ns, double took_ns) {
  if (!(expected_ns > 0) || !(took_ns > 0)) return;
  expected_ += expected_ns;
  took_ += took_ns;
  if (++groups_ >= kStretchGroups || expected_ >= kStretchNs) end_stretch();
}

void PredictionError::end_stretch() {
  errors_[seen_++ % kStretches] = std::clamp(took_ / expected_ - 1, -kErrorMost, kErrorMost);
  expected_ = took_ = 0;
  groups_ = 0;
  if (seen_ < kStretchesFirst) return;
  const size_t count = std::min(seen_, kStretches);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < count; ++i) {
    sum += errors_[i];
    squares += errors_[i] * errors_[i];
  }
  const double mean = sum / static_cast<double>(count);
  const double deviation = std::sqrt(std::max(0.0, squares / static_cast<double>(count) - mean * mean));
  margin_ = std::clamp(1 + mean + kDeviations * deviation, kMarginLeast, kMarginMost);
}

}  // namespace fovea::schedule
