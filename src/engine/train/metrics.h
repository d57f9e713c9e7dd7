// How good answers are: accuracy, macro F1, expected calibration error, risk against coverage.
// Threads: any; no state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::train {

// What a rung said about one row.
struct Answer {
  uint32_t label = 0;
  float probability = 0, margin = 0;
  float strength = 0;  // the largest raw score: how much it looks like any label at all
  bool outside = false, sure = false;
  bool handed_on = false;  // a cascade: the attention model was asked
};

// From one row of log-probabilities and raw scores.
Answer make_answer(std::span<const float> log_probabilities, float strength);

struct Metrics {
  double accuracy = 0, macro_f1 = 0, ece = 0, us_per_message = 0;
  double coverage = 0, accuracy_when_sure = 0;  // of the answers marked sure
  double handed_on = 0;                         // share
};
constexpr int kEceBins = 15;  // of equal width, as Guo et al. 2017

// macro_f1: the mean over the labels that occur as truth or answer.
Metrics measure(std::span<const Answer> answers, std::span<const uint32_t> truth, size_t labels);

struct RiskPoint {
  double coverage = 0, risk = 0, threshold = 0;
};
// Answers taken from the surest on; at most `points` points, the last at coverage 1.
std::vector<RiskPoint> risk_coverage(std::span<const Answer> answers, std::span<const uint32_t> truth, size_t points);

struct ReliabilityBin {
  double confidence = 0, accuracy = 0;
  size_t count = 0;
};
std::vector<ReliabilityBin> reliability(std::span<const Answer> answers, std::span<const uint32_t> truth, int bins);

}  // namespace fovea::train
