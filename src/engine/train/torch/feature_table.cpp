#include "engine/train/torch/feature_table.h"

#include <algorithm>
#include <cmath>

namespace fovea::train_torch {
namespace {

float scale_of(uint32_t count) {
  return count == 1 ? 1.0f : 1.0f / std::sqrt(static_cast<float>(count));
}

}  // namespace

void FeatureTable::gather(const TokenFeatures& tokens, float* out, const ParallelFor& parallel) const {
  parallel(static_cast<int64_t>(tokens.tokens()), [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      float* row = out + t * hidden_;
      std::fill_n(row, hidden_, 0.0f);
      uint32_t first = tokens.begins[t], last = tokens.begins[t + 1];
      float scale = first == last ? 0.0f : scale_of(last - first);
      for (uint32_t i = first; i < last; ++i) {
        const float* value = values_.data() + tokens.features[i] * hidden_;
        for (int64_t x = 0; x < hidden_; ++x) row[x] += scale * value[x];
      }
    }
  });
}

void FeatureTable::update(const TokenFeatures& tokens, const float* gradient, const AdamStep& step,
                          const ParallelFor& parallel) {
  uses_.clear();
  groups_.clear();
  for (uint32_t t = 0; t < tokens.tokens(); ++t) {
    uint32_t first = tokens.begins[t], last = tokens.begins[t + 1];
    for (uint32_t i = first; i < last; ++i) uses_.push_back({tokens.features[i], t, scale_of(last - first)});
  }
  std::sort(uses_.begin(), uses_.end(), [](const Use& a, const Use& b) {
    return a.feature != b.feature ? a.feature < b.feature : a.token < b.token;
  });
  for (size_t i = 0; i < uses_.size(); ++i) {
    if (i == 0 || uses_[i].feature != uses_[i - 1].feature) groups_.push_back(i);
  }
  groups_.push_back(uses_.size());
  parallel(static_cast<int64_t>(groups_.size()) - 1, [&](int64_t begin, int64_t end) {
    std::vector<float> sum(static_cast<size_t>(hidden_));
    for (int64_t g = begin; g < end; ++g) {
      std::fill(sum.begin(), sum.end(), 0.0f);
      for (size_t i = groups_[g]; i < groups_[g + 1]; ++i) {
        const float* row = gradient + uses_[i].token * hidden_;
        for (int64_t x = 0; x < hidden_; ++x) sum[x] += uses_[i].scale * row[x];
      }
      size_t at = uses_[groups_[g]].feature * static_cast<size_t>(hidden_);
      adam_update(step, sum.data(), values_.data() + at, means_.data() + at, squares_.data() + at, hidden_);
    }
  });
}

}  // namespace fovea::train_torch
