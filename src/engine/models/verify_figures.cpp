#include "engine/models/verify_figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace fovea::models {
namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  if (aa == 0 || bb == 0) return aa == bb ? 1 : 0;
  return dot / std::sqrt(aa * bb);
}

double probability_of(std::span<const float> logits, double temperature, uint32_t label) {
  if (logits.size() == 1) {
    const double one = 1 / (1 + std::exp(-static_cast<double>(logits[0]) / temperature));
    return label == 1 ? one : 1 - one;
  }
  const double top = *std::ranges::max_element(logits);
  double sum = 0;
  for (float logit : logits) sum += std::exp((static_cast<double>(logit) - top) / temperature);
  return std::exp((static_cast<double>(logits[label]) - top) / temperature) / sum;
}

// Mean |share right - mean probability| of bins of equal width, by their rows (Guo et al. 2017).
class Calibration {
 public:
  void add(const Decision& decision, uint32_t truth) {
    if (truth == kNoTruth) return;
    const auto bin = std::min<size_t>(static_cast<size_t>(decision.probability * kVerifyEceBins), kVerifyEceBins - 1);
    const bool right = decision.label == truth;
    away_[bin] += (right ? 1.0 : 0.0) - decision.probability;
    right_ += right;
    ++rows_;
  }
  std::optional<double> accuracy() const {
    return rows_ > 0 ? std::optional(static_cast<double>(right_) / static_cast<double>(rows_)) : std::nullopt;
  }
  std::optional<double> ece() const {
    if (rows_ == 0) return std::nullopt;
    double sum = 0;
    for (double away : away_) sum += std::abs(away);
    return sum / static_cast<double>(rows_);
  }

 private:
  std::array<double, kVerifyEceBins> away_{};
  size_t right_ = 0, rows_ = 0;
};

}  // namespace

Decision decide(std::span<const float> logits, double temperature) {
  Decision made;
  made.label = logits.size() == 1 ? (logits[0] >= 0 ? 1 : 0)
                                  : static_cast<uint32_t>(std::ranges::max_element(logits) - logits.begin());
  made.probability = probability_of(logits, temperature, made.label);
  return made;
}

CosineFigures compare_cosines(std::span<const float> one, std::span<const float> other, size_t width) {
  FOVEA_CHECK(one.size() == other.size() && width > 0 && one.size() % width == 0);
  std::vector<double> all;
  for (size_t at = 0; at < one.size(); at += width)
    all.push_back(cosine(one.subspan(at, width), other.subspan(at, width)));
  if (all.empty()) return {};
  std::ranges::sort(all);
  const size_t rank = (all.size() + 99) / 100;
  return {all.front(), all[rank - 1], std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size())};
}

DecisionFigures compare_decisions(std::span<const float> before, std::span<const float> after, size_t width,
                                  double temperature, std::span<const double> thresholds,
                                  std::span<const uint32_t> truth) {
  FOVEA_CHECK(before.size() == after.size() && width > 0 && before.size() % width == 0);
  const size_t rows = before.size() / width;
  FOVEA_CHECK(truth.empty() || truth.size() == rows);
  DecisionFigures figures;
  figures.flips.assign(thresholds.size(), 0);
  if (rows == 0) return figures;
  Calibration old_calibration, calibration;
  size_t same = 0;
  double shift = 0;
  for (size_t r = 0; r < rows; ++r) {
    const auto a = before.subspan(r * width, width), b = after.subspan(r * width, width);
    const Decision was = decide(a, temperature), is = decide(b, temperature);
    same += was.label == is.label;
    shift += std::abs(was.probability - probability_of(b, temperature, was.label));
    for (size_t t = 0; t < thresholds.size(); ++t) {
      const bool was_sure = was.probability >= thresholds[t], is_sure = is.probability >= thresholds[t];
      if (was_sure != is_sure || (is_sure && was.label != is.label)) figures.flips[t] += 1;
    }
    if (truth.empty()) continue;
    old_calibration.add(was, truth[r]);
    calibration.add(is, truth[r]);
  }
  const auto count = static_cast<double>(rows);
  for (double& flips : figures.flips) flips /= count;
  figures.agreement = static_cast<double>(same) / count;
  figures.calibration_shift = shift / count;
  figures.accuracy = calibration.accuracy();
  figures.ece = calibration.ece();
  figures.ece_before = old_calibration.ece();
  return figures;
}

}  // namespace fovea::models
