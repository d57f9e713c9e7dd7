// How far one precision's answers lie from fp32's: cosines, labels, decisions, calibration.
// Shapes: answers [rows, width], row by row; a row is a text's embedding or logits, or a token's logits.
// Threads: any; no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fovea::models {

constexpr uint32_t kNoTruth = UINT32_MAX;  // a row whose label the model does not have
constexpr int kVerifyEceBins = 15;         // of equal width, as Guo et al. 2017

// A label and how probable it is: softmax(logits / temperature), the sigmoid of a single logit (then labels are 1 from
// one half on, else 0, and the probability is that of the label).
struct Decision {
  uint32_t label = 0;
  double probability = 0;
};
Decision decide(std::span<const float> logits, double temperature);

struct CosineFigures {
  double min = 1, p1 = 1, mean = 1;  // p1: of a hundred rows, one lies at or below it
};
CosineFigures compare_cosines(std::span<const float> one, std::span<const float> other, size_t width);

struct DecisionFigures {
  double agreement = 1;            // share of rows with the same label
  std::vector<double> flips = {};  // [thresholds]: share of rows decided otherwise: another label, or sure in one alone
  double calibration_shift = 0;    // mean |difference| of the probability of fp32's label
  std::optional<double> accuracy = {}, ece = {}, ece_before = {};  // where truth is given; `before` is fp32's
};
// `truth` is empty or [rows]. A row is sure where its probability reaches the threshold.
DecisionFigures compare_decisions(std::span<const float> before, std::span<const float> after, size_t width,
                                  double temperature, std::span<const double> thresholds,
                                  std::span<const uint32_t> truth);

}  // namespace fovea::models
