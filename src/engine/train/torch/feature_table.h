// The embedding table, [features, hidden]: a token's row is the sum of its features' rows over the square root of their
// count (one feature, as with a vocabulary: the row itself). Only rows that a batch touched are updated (lazy AdamW),
// so a step costs what the batch costs, not what the vocabulary costs. Plain floats, no libtorch. Threads: one, which
// may run `each` in parallel.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/train/torch/dense_adam.h"

namespace fovea::train_torch {

// The features of a batch's tokens: token t has features [begins[t], begins[t + 1]).
struct TokenFeatures {
  std::vector<uint32_t> features;
  std::vector<uint32_t> begins{0};
  size_t tokens() const { return begins.size() - 1; }
  void clear() {
    features.clear();
    begins.assign(1, 0);
  }
};

using ParallelFor = std::function<void(int64_t count, const std::function<void(int64_t begin, int64_t end)>&)>;

class FeatureTable {
 public:
  FeatureTable(int64_t features, int64_t hidden)
      : hidden_(hidden),
        values_(static_cast<size_t>(features * hidden)),
        means_(values_.size()),
        squares_(values_.size()) {}

  std::vector<float>& values() { return values_; }
  std::vector<float>& means() { return means_; }
  std::vector<float>& squares() { return squares_; }

  void gather(const TokenFeatures& tokens, float* out, const ParallelFor& parallel) const;  // out [tokens, hidden]
  void update(const TokenFeatures& tokens, const float* gradient, const AdamStep& step, const ParallelFor& parallel);

 private:
  int64_t hidden_;
  std::vector<float> values_, means_, squares_;
  struct Use {
    uint32_t feature, token;
    float scale;
  };
  std::vector<Use> uses_;
  std::vector<size_t> groups_;
};

}  // namespace fovea::train_torch
