#include "engine/train/split.h"

#include <algorithm>
#include <numeric>

#include "base/random.h"

namespace fovea::train {

std::vector<uint32_t> stratified_folds(std::span<const uint32_t> labels, uint32_t folds, uint64_t seed) {
  std::vector<uint32_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0u);
  Random random(seed ^ 0x53504C4954u);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return labels[a] < labels[b]; });
  // Dealt like cards, on across labels, so that folds differ by at most one row in all.
  std::vector<uint32_t> fold(labels.size());
  for (size_t i = 0; i < order.size(); ++i) fold[order[i]] = static_cast<uint32_t>(i % folds);
  return fold;
}

}  // namespace fovea::train
