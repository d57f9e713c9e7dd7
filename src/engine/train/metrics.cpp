#include "engine/train/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fovea::train {

Answer make_answer(std::span<const float> log_probabilities, float strength) {
  Answer answer;
  float first = -INFINITY, second = -INFINITY;
  for (size_t l = 0; l < log_probabilities.size(); ++l) {
    float p = log_probabilities[l];
    if (p > first) {
      second = first;
      first = p;
      answer.label = static_cast<uint32_t>(l);
    } else if (p > second) {
      second = p;
    }
  }
  answer.probability = std::exp(first);
  answer.margin = answer.probability - std::exp(second);
  answer.strength = strength;
  return answer;
}

std::vector<ReliabilityBin> reliability(std::span<const Answer> answers, std::span<const uint32_t> truth, int bins) {
  std::vector<ReliabilityBin> out(static_cast<size_t>(bins));
  for (size_t i = 0; i < answers.size(); ++i) {
    int bin = std::clamp(static_cast<int>(answers[i].probability * static_cast<float>(bins)), 0, bins - 1);
    out[bin].confidence += answers[i].probability;
    out[bin].accuracy += answers[i].label == truth[i];
    ++out[bin].count;
  }
  for (ReliabilityBin& b : out) {
    if (b.count == 0) continue;
    b.confidence /= static_cast<double>(b.count);
    b.accuracy /= static_cast<double>(b.count);
  }
  return out;
}

Metrics measure(std::span<const Answer> answers, std::span<const uint32_t> truth, size_t labels) {
  Metrics m;
  if (answers.empty()) return m;
  std::vector<size_t> right(labels), said(labels), is(labels);
  size_t hits = 0, sure = 0, sure_hits = 0, handed = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    bool hit = answers[i].label == truth[i];
    hits += hit;
    ++said[answers[i].label];
    if (truth[i] < labels) ++is[truth[i]];
    if (hit) ++right[truth[i]];
    sure += answers[i].sure;
    sure_hits += answers[i].sure && hit;
    handed += answers[i].handed_on;
  }
  double count = static_cast<double>(answers.size());
  m.accuracy = static_cast<double>(hits) / count;
  m.coverage = static_cast<double>(sure) / count;
  m.accuracy_when_sure = sure ? static_cast<double>(sure_hits) / static_cast<double>(sure) : 0.0;
  m.handed_on = static_cast<double>(handed) / count;
  size_t seen = 0;
  for (size_t l = 0; l < labels; ++l) {
    if (said[l] + is[l] == 0) continue;
    m.macro_f1 += 2.0 * static_cast<double>(right[l]) / static_cast<double>(said[l] + is[l]);
    ++seen;
  }
  m.macro_f1 /= static_cast<double>(std::max<size_t>(1, seen));
  for (const ReliabilityBin& b : reliability(answers, truth, kEceBins)) {
    m.ece += static_cast<double>(b.count) / count * std::abs(b.confidence - b.accuracy);
  }
  return m;
}

std::vector<RiskPoint> risk_coverage(std::span<const Answer> answers, std::span<const uint32_t> truth, size_t points) {
  std::vector<uint32_t> order(answers.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return answers[a].probability > answers[b].probability; });
  std::vector<RiskPoint> out;
  size_t wrong = 0, every = std::max<size_t>(1, order.size() / std::max<size_t>(1, points));
  for (size_t i = 0; i < order.size(); ++i) {
    wrong += answers[order[i]].label != truth[order[i]];
    if ((i + 1) % every != 0 && i + 1 != order.size()) continue;
    double taken = static_cast<double>(i + 1);
    out.push_back(
        {taken / static_cast<double>(order.size()), static_cast<double>(wrong) / taken, answers[order[i]].probability});
  }
  return out;
}

}  // namespace fovea::train
