// The n-grams that a linear model knows, and a text as a sparse row over them.
// Value of an n-gram: (1 + ln count) x inverse document frequency; wholes and pieces (tokenize/ngrams.h) are scaled to
// unit length each, then both together, so that a long message weighs as much as a short one.
// Threads: any, once built, each with its own LinearScratch.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/tokenize/hashed_keys.h"
#include "engine/tokenize/ngrams.h"

namespace fovea::models {

struct SparseEntry {
  uint32_t feature = 0;
  float value = 0;
};

struct LinearScratch {
  tokenize::NgramScratch ngrams;
  std::vector<uint64_t> wholes, pieces;
  std::vector<uint32_t> keys;
  std::vector<SparseEntry> row;
  std::vector<float> scores;
};

class LinearVocabulary {
 public:
  LinearVocabulary() = default;
  // `keys` rise strictly; idf[i] belongs to keys[i].
  LinearVocabulary(const tokenize::NgramShape& shape, std::vector<uint32_t> keys, std::vector<float> idf);
  // Counts the texts; keeps n-grams that occur in at least `texts_min` of them, the most frequent `features_max`.
  static LinearVocabulary build(std::span<const std::string_view> texts, const tokenize::NgramShape& shape,
                                uint32_t texts_min, size_t features_max);

  // The row of `text`, sorted by feature; lives in `scratch` until the next call. Empty if it knows nothing of the
  // text.
  std::span<const SparseEntry> row(std::string_view text, LinearScratch& scratch) const;

  const tokenize::NgramShape& shape() const { return shape_; }
  std::span<const uint32_t> keys() const { return keys_.keys(); }
  std::span<const float> idf() const { return idf_; }
  size_t size() const { return keys_.size(); }

 private:
  void append(std::vector<uint64_t>& hashes, LinearScratch& scratch) const;

  tokenize::NgramShape shape_;
  tokenize::HashedKeys keys_;
  std::vector<float> idf_;
};

}  // namespace fovea::models
