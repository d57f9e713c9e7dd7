#include "serve/rollout/comparison.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "serve/rollout/limits.h"

namespace fovea::rollout {
namespace {

using inference::Answer;
using inference::ModelInfo;
using inference::Task;

bool same_label(std::span<const float> a, std::span<const float> b, const ModelInfo& of_a, const ModelInfo& of_b) {
  const auto best_a = static_cast<size_t>(std::ranges::max_element(a) - a.begin());
  const auto best_b = static_cast<size_t>(std::ranges::max_element(b) - b.begin());
  if (best_a < of_a.labels.size() && best_b < of_b.labels.size()) return of_a.labels[best_a] == of_b.labels[best_b];
  return best_a == best_b;
}

bool same_tensors(const Answer& a, const Answer& b) {
  return std::ranges::equal(a.tensors, b.tensors, [](const inference::Tensor& x, const inference::Tensor& y) {
    return x.name == y.name && x.datatype == y.datatype && x.shape == y.shape && x.bytes == y.bytes;
  });
}

bool agree(const Answer& a, const Answer& b, const ModelInfo& of_a, const ModelInfo& of_b) {
  if (of_a.task == Task::kTensors && of_b.task == Task::kTensors) return same_tensors(a, b);
  if (of_a.task != of_b.task || a.values.empty() || b.values.empty()) return false;
  if (of_a.task == Task::kClassification) return same_label(a.values, b.values, of_a, of_b);
  if (a.values.size() != b.values.size()) return false;
  if (of_a.task == Task::kScore) return std::abs(a.values[0] - b.values[0]) < 0.01F;
  if (of_a.task == Task::kTokenClassification) {
    const auto width = static_cast<size_t>(std::max<int64_t>(of_a.width, 1));
    if (of_b.width != of_a.width) return false;
    for (size_t at = 0; at + width <= a.values.size(); at += width)
      if (!same_label(std::span(a.values).subspan(at, width), std::span(b.values).subspan(at, width), of_a, of_b))
        return false;
    return true;
  }
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    ab += static_cast<double>(a.values[i]) * b.values[i];
    aa += static_cast<double>(a.values[i]) * a.values[i];
    bb += static_cast<double>(b.values[i]) * b.values[i];
  }
  if (aa == 0 || bb == 0) return aa == bb;
  return 1 - ab / std::sqrt(aa * bb) <= kSameWithin;
}

}  // namespace

void Comparison::add(const ModelInfo& info, const std::vector<Answer>& primary, const ModelInfo& other_info,
                     const std::vector<Answer>& other) {
  for (size_t i = 0; i < primary.size(); ++i) {
    ++compared_;
    if (i >= other.size()) continue;
    agreed_ += agree(primary[i], other[i], info, other_info);
    for (size_t k = 0; k < std::min(primary[i].values.size(), other[i].values.size()); ++k)
      largest_ = std::max(largest_, static_cast<double>(std::abs(primary[i].values[k] - other[i].values[k])));
  }
}

}  // namespace fovea::rollout
