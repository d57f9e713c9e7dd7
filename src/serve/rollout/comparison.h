// How alike the answers of two versions are, over many requests.
// Classifiers agree where they name the same label (per token: everywhere); embeddings where their cosine is at
// least 0.99 (as `fovea models verify` asks); scores where they differ by less than 0.01. Answers of another shape do
// not agree. Threads: one at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "serve/inference/inference.h"

namespace fovea::rollout {

class Comparison {
 public:
  void add(const inference::ModelInfo& info, const std::vector<inference::Answer>& primary,
           const inference::ModelInfo& other_info, const std::vector<inference::Answer>& other);
  uint64_t compared() const { return compared_; }  // inputs
  uint64_t agreed() const { return agreed_; }
  double agreement() const {
    return compared_ == 0 ? 0 : static_cast<double>(agreed_) / static_cast<double>(compared_);
  }
  double largest_difference() const { return largest_; }  // of any two values in the same place

 private:
  uint64_t compared_ = 0, agreed_ = 0;
  double largest_ = 0;
};

}  // namespace fovea::rollout
