#include "engine/train/calibrate.h"

#include <algorithm>
#include <cmath>

namespace fovea::train {

void log_softmax(std::span<const float> scores, double temperature, std::span<float> out) {
  double largest = -INFINITY;
  for (float s : scores) largest = std::max(largest, s / temperature);
  double sum = 0;
  for (float s : scores) sum += std::exp(s / temperature - largest);
  double shift = largest + std::log(sum);
  for (size_t l = 0; l < scores.size(); ++l) out[l] = static_cast<float>(scores[l] / temperature - shift);
}

double mean_log_loss(std::span<const float> log_probabilities, std::span<const uint32_t> truth, size_t labels) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] >= labels) continue;
    sum -= log_probabilities[i * labels + truth[i]];
    ++count;
  }
  return count ? sum / static_cast<double>(count) : 0.0;
}

double fit_temperature(std::span<const float> scores, std::span<const uint32_t> truth, size_t labels) {
  std::vector<float> out(scores.size());
  auto loss = [&](double log_temperature) {
    double temperature = std::exp(log_temperature);
    for (size_t i = 0; i < truth.size(); ++i) {
      log_softmax(scores.subspan(i * labels, labels), temperature, std::span(out).subspan(i * labels, labels));
    }
    return mean_log_loss(out, truth, labels);
  };
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(0.01), high = std::log(100.0);
  double a = high - ratio * (high - low), b = low + ratio * (high - low);
  double loss_a = loss(a), loss_b = loss(b);
  for (int i = 0; i < 40 && high - low > 1e-4; ++i) {
    if (loss_a < loss_b) {
      high = b;
      b = a, loss_b = loss_a;
      a = high - ratio * (high - low), loss_a = loss(a);
    } else {
      low = a;
      a = b, loss_a = loss_b;
      b = low + ratio * (high - low), loss_b = loss(b);
    }
  }
  return std::exp((low + high) / 2);
}

double calibrated_log_loss(std::span<const float> scores, std::span<const uint32_t> truth, size_t labels) {
  double temperature = fit_temperature(scores, truth, labels);
  std::vector<float> out(scores.size());
  for (size_t at = 0; at < scores.size(); at += labels) {
    log_softmax(scores.subspan(at, labels), temperature, std::span(out).subspan(at, labels));
  }
  return mean_log_loss(out, truth, labels);
}

void mix(const Mixture& mixture, std::span<const float> first, std::span<const float> second, std::span<float> out) {
  float w = static_cast<float>(mixture.first_weight);
  for (size_t l = 0; l < out.size(); ++l) out[l] = w * first[l] + (1 - w) * second[l];
  log_softmax(out, mixture.temperature, out);
}

Mixture fit_mixture(std::span<const float> first, std::span<const float> second, std::span<const uint32_t> truth,
                    size_t labels) {
  Mixture best;
  double least = INFINITY;
  std::vector<float> blended(first.size()), out(first.size());
  for (int step = 0; step <= 20; ++step) {
    Mixture m{step * 0.05, 1};
    float w = static_cast<float>(m.first_weight);
    for (size_t i = 0; i < first.size(); ++i) blended[i] = w * first[i] + (1 - w) * second[i];
    m.temperature = fit_temperature(blended, truth, labels);
    for (size_t i = 0; i < truth.size(); ++i) {
      log_softmax(std::span(blended).subspan(i * labels, labels), m.temperature,
                  std::span(out).subspan(i * labels, labels));
    }
    double loss = mean_log_loss(out, truth, labels);
    if (loss < least) {
      least = loss;
      best = m;
    }
  }
  return best;
}

}  // namespace fovea::train
