#include "serve/schedule/cost_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace fovea::schedule {
namespace {

constexpr double kLevelStep = 0.05;                  // of a new measurement in the level
constexpr double kRatioLow = 0.05, kRatioHigh = 20;  // beyond is a hiccup of the machine, not of the model
constexpr size_t kRenewEvery = 16;
constexpr double kHighMargin = 1.02, kHighFirst = 1.25;
constexpr double kRelaxStep = 0.02;
constexpr double kBeyondLeast = 1.2;  // of the shortest measurement: what is longer, tokens are to explain
constexpr size_t kBeyondCount = 3;
constexpr double kBetter = 0.7;  // of the error without a least cost: then there is one
constexpr double kGroupGain = 0.02;

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

double misfit(std::span<const CostSample> samples, const Row& answer, double least) {
  double sum = 0;
  for (const CostSample& sample : samples) {
    const Row row = row_of(sample);
    const double said = row[0] * answer[0] + row[1] * answer[1] + row[2] * answer[2];
    const double error = std::max(said, least / sample.ns) - 1;
    sum += error * error;
  }
  return sum;
}

struct Fit {
  Row answer = {};
  double least = 0, error = std::numeric_limits<double>::infinity();
};

// Three columns: of all seven choices the best whose answer is not negative is the non-negative least squares answer.
Fit fit_beyond(double least, std::span<const CostSample> samples, std::span<const CostSample> all) {
  Fit best;
  for (unsigned mask = 1; mask < 8; ++mask) {
    Row answer;
    if (samples.empty() || !solve(samples, mask, answer)) continue;
    if (const double error = misfit(all, answer, least); error < best.error) best = {answer, least, error};
  }
  return best;
}

}  // namespace

Result<CostModel> CostModel::fit(std::span<const CostSample> samples) {
  double least = std::numeric_limits<double>::infinity();
  for (const CostSample& sample : samples) {
    if (!(sample.ns > 0) || sample.work.tokens < 0)
      return fail(Code::kInvalidArgument, "a measurement took no time", "warm-up");
    least = std::min(least, sample.ns);
  }
  Fit chosen = fit_beyond(0, samples, samples);
  std::vector<CostSample> beyond;
  for (const CostSample& sample : samples)
    if (sample.ns > kBeyondLeast * least) beyond.push_back(sample);
  if (beyond.size() >= kBeyondCount)
    if (const Fit other = fit_beyond(least, beyond, samples); other.error < kBetter * chosen.error) chosen = other;
  if (!std::isfinite(chosen.error)) return fail(Code::kInvalidArgument, "no measurement to fit a cost to", "warm-up");
  return CostModel(chosen.answer[0], chosen.answer[1], chosen.answer[2], chosen.least);
}

double CostModel::added_ns(int64_t tokens) const {
  const auto length = static_cast<double>(tokens);
  return (per_token_ * length + per_square_ * length * length) * level_;
}

double CostModel::shared_ns(int64_t tokens, double items_per_group) const {
  return std::max(added_ns(tokens) + fixed_ * level_ / items_per_group, least_ * level_ / items_per_group);
}

int64_t CostModel::group_tokens() const {
  if (!(per_token_ > 0)) return kTokensEachMax;
  const double tokens = std::max(fixed_ / kGroupGain, least_) / per_token_;
  return static_cast<int64_t>(std::min(tokens, static_cast<double>(kTokensEachMax))) + 1;
}

void CostModel::observe(const GroupWork& work, double ns) {
  const double base = base_ns(work);
  if (!(base > 0) || !(ns > 0)) return;
  const double ratio = std::clamp(ns / base, kRatioLow, kRatioHigh);
  level_ += kLevelStep * (ratio - level_);
  ratios_[seen_++ % kResiduals] = static_cast<float>(ratio);
  if (seen_ % kRenewEvery == 0) renew_high();
}

void CostModel::relax() {
  if (level_ > 1) level_ += kRelaxStep * (1 - level_);
  if (high_ > kHighFirst) high_ += kRelaxStep * (kHighFirst - high_);
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
