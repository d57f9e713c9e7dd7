// The hashed n-gram linear model: one score for each label, in microseconds.
// Scores are one-vs-rest margins, not probabilities: calibration (engine/train/calibrate.h) makes those.
// Weights are int8 with one scale for each feature. File format: docs/formats/linear-model.md.
// Threads: any, each with its own LinearScratch.
// Errors: kDataLoss for a damaged file, with the field; kUnimplemented for a newer version.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/models/linear_vocabulary.h"

namespace fovea::models {

constexpr size_t kLinearLabelsMax = 4096;
constexpr size_t kLinearFeaturesMax = size_t{1} << 20;
constexpr size_t kLinearFileBytesMax = size_t{1} << 31;

class LinearModel {
 public:
  // `weights` [features, labels] fp32, rounded here; `bias` [labels].
  LinearModel(LinearVocabulary vocabulary, std::span<const float> weights, std::span<const float> bias);

  static Result<LinearModel> from_bytes(std::string_view bytes);
  static Result<LinearModel> open(const std::string& path);
  std::string to_bytes() const;

  size_t labels() const { return bias_.size(); }
  const LinearVocabulary& vocabulary() const { return vocabulary_; }
  // One score per label, in scratch.scores until the next call.
  std::span<const float> score(std::string_view text, LinearScratch& scratch) const;

 private:
  LinearModel() = default;
  LinearVocabulary vocabulary_;
  std::vector<float> bias_;      // [labels]
  std::vector<float> scales_;    // [features]
  std::vector<int8_t> weights_;  // [features, labels]
};

}  // namespace fovea::models
