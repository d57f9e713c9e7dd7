#include "serve/schedule/cost_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fovea::schedule {
namespace {

constexpr double kLevelStep = 0.05;                  // of a new measurement in the level
constexpr double kRatioLow = 0.05, kRatioHigh = 20;  // beyond is a hiccup of the machine, not of the model
constexpr size_t kRenewEvery = 16;
constexpr double kHighMargin = 1.02;

using Row = std::array<double, 3>;

// What a sample says per nanosecond of its own: errors become relative.
Row row_of(const CostSample& sample) {
  return {1 / sample.ns, static_cast<double>(sample.work.tokens) / sample.ns,
          static_cast<double>(sample.work.squares) / sample.ns};
}

// Solves the normal equations for the columns of `mask`; false where they do not determine an answer.
bool solve(std::span<const CostSample> samples, unsigned mask, Row& answer) {
  std::array<std::array<double, 4>, 3> a = {};
  size_t columns[3], count = 0;
  for (size_t c = 0; c < 3; ++c)
    if (mask >> c & 1) columns[count++] = c;
  for (const CostSample& sample : samples) {
    const Row row = row_of(sample);
    for (size_t i = 0; i < count; ++i) {
      for (size_t j = 0; j < count; ++j) a[i][j] += row[columns[i]] * row[columns[j]];
      a[i][3] += row[columns[i]];
    }
  }
  for (size_t i = 0; i < count; ++i) {
    const double pivot = a[i][i];
    if (!(pivot > 1e-300)) return false;
    for (size_t j = i + 1; j < count; ++j) {
      const double factor = a[j][i] / pivot;
      for (size_t k = i; k < count; ++k) a[j][k] -= factor * a[i][k];
      a[j][3] -= factor * a[i][3];
      if (!(a[j][j] > 1e-12 * std::abs(a[i][i])) && j == i + 1 && a[j][j] < 1e-300) return false;
    }
  }
  answer = {};
  for (size_t i = count; i-- > 0;) {
    double sum = a[i][3];
    for (size_t k = i + 1; k < count; ++k) sum -= a[i][k] * answer[columns[k]];
    answer[columns[i]] = sum / a[i][i];
  }
  return std::ranges::all_of(answer, [](double value) { return std::isfinite(value) && value >= 0; });
}

double misfit(std::span<const CostSample> samples, const Row& answer) {
  double sum = 0;
  for (const CostSample& sample : samples) {
    const Row row = row_of(sample);
    const double error = row[0] * answer[0] + row[1] * answer[1] + row[2] * answer[2] - 1;
    sum += error * error;
  }
  return sum;
}

}  // namespace

// Three columns: of all seven choices the best whose answer is not negative is the non-negative least squares answer.
Result<CostModel> CostModel::fit(std::span<const CostSample> samples) {
  for (const CostSample& sample : samples)
    if (!(sample.ns > 0) || sample.work.tokens < 0)
      return fail(Code::kInvalidArgument, "a measurement took no time", "warm-up");
  double best = std::numeric_limits<double>::infinity();
  Row chosen = {};
  for (unsigned mask = 1; mask < 8; ++mask) {
    Row answer;
    if (samples.empty() || !solve(samples, mask, answer)) continue;
    if (const double error = misfit(samples, answer); error < best) {
      best = error;
      chosen = answer;
    }
  }
  if (!std::isfinite(best)) return fail(Code::kInvalidArgument, "no measurement to fit a cost to", "warm-up");
  return CostModel(chosen[0], chosen[1], chosen[2]);
}

double CostModel::added_ns(int64_t tokens) const {
  const auto length = static_cast<double>(tokens);
  return (per_token_ * length + per_square_ * length * length) * level_;
}

void CostModel::observe(const GroupWork& work, double ns) {
  const double base = base_ns(work);
  if (!(base > 0) || !(ns > 0)) return;
  const double ratio = std::clamp(ns / base, kRatioLow, kRatioHigh);
  level_ += kLevelStep * (ratio - level_);
  ratios_[seen_++ % kResiduals] = static_cast<float>(ratio);
  if (seen_ % kRenewEvery == 0) renew_high();
}

void CostModel::renew_high() {
  auto sorted = ratios_;
  const size_t count = std::min(seen_, kResiduals);
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(count);
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(count * 99 / 100);
  std::nth_element(sorted.begin(), at, end);
  high_ = std::max(static_cast<double>(*at) * kHighMargin, level_);
}

}  // namespace fovea::schedule
