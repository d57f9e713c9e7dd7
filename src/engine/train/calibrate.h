// From scores to probabilities that mean what they say: temperature scaling (Guo et al. 2017), fitted on rows that the
// model has not learnt from, and the mixture of two calibrated models.
// Shapes: scores [rows, labels]; truth [rows], where kUnknownLabel rows are passed over.
// Threads: any; no state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::train {

// out[l] = log softmax(scores / temperature)[l]; out may be scores.
void log_softmax(std::span<const float> scores, double temperature, std::span<float> out);

// The temperature in [0.01, 100] with the least negative log-likelihood (golden section over its logarithm).
double fit_temperature(std::span<const float> scores, std::span<const uint32_t> truth, size_t labels);

double mean_log_loss(std::span<const float> log_probabilities, std::span<const uint32_t> truth, size_t labels);
// Of the scores after the temperature that suits them best: what calibration will leave.
double calibrated_log_loss(std::span<const float> scores, std::span<const uint32_t> truth, size_t labels);

// log p = log softmax((w * first + (1 - w) * second) / temperature): a geometric mean, calibrated anew.
struct Mixture {
  double first_weight = 0.5;
  double temperature = 1;
};
void mix(const Mixture& mixture, std::span<const float> first, std::span<const float> second, std::span<float> out);
// The weight (steps of 0.05) and temperature with the least negative log-likelihood.
Mixture fit_mixture(std::span<const float> first, std::span<const float> second, std::span<const uint32_t> truth,
                    size_t labels);

}  // namespace fovea::train
