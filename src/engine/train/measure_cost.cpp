#include "engine/train/measure_cost.h"

#include <algorithm>

#include "base/cpu_time.h"

namespace fovea::train {
namespace {

double thread_us() {
  return 1e6 * thread_cpu_seconds();
}

}  // namespace

MeasuredCost measure_cost(std::span<const std::string_view> texts, const std::function<void(std::string_view)>& one) {
  constexpr size_t kTexts = 200;
  MeasuredCost out;
  std::vector<std::pair<double, double>> samples;
  if (texts.empty()) return out;
  size_t every = std::max<size_t>(1, texts.size() / kTexts);
  one(texts[0]);  // warm-up
  for (size_t i = 0; i < texts.size() && samples.size() < kTexts; i += every) {
    double least = 1e18;
    for (int round = 0; round < 2; ++round) {
      double start = thread_us();
      one(texts[i]);
      least = std::min(least, thread_us() - start);
    }
    samples.emplace_back(static_cast<double>(texts[i].size()), least);
    out.us_mean += least;
  }
  out.us_mean /= static_cast<double>(samples.size());
  out.fit = fit_cost(samples);
  return out;
}

}  // namespace fovea::train
