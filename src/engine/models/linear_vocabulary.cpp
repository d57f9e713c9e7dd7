#include "engine/models/linear_vocabulary.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace fovea::models {
namespace {

void scale_to_unit(std::span<SparseEntry> row) {
  double square = 0;
  for (const SparseEntry& e : row) square += static_cast<double>(e.value) * e.value;
  if (square == 0) return;
  float scale = static_cast<float>(1.0 / std::sqrt(square));
  for (SparseEntry& e : row) e.value *= scale;
}

}  // namespace

LinearVocabulary::LinearVocabulary(const tokenize::NgramShape& shape, std::vector<uint32_t> keys,
                                   std::vector<float> idf)
    : shape_(shape), keys_(std::move(keys)), idf_(std::move(idf)) {
  FOVEA_CHECK(keys_.size() == idf_.size());
}

LinearVocabulary LinearVocabulary::build(std::span<const std::string_view> texts, const tokenize::NgramShape& shape,
                                         uint32_t texts_min, size_t features_max) {
  LinearScratch scratch;
  tokenize::KeyCounter counter;
  for (std::string_view text : texts) {
    scratch.wholes.clear();
    scratch.pieces.clear();
    tokenize::hash_ngrams(text, shape, scratch.ngrams, scratch.wholes, scratch.pieces);
    scratch.keys.clear();
    for (uint64_t hash : scratch.wholes) scratch.keys.push_back(tokenize::key_of(hash));
    for (uint64_t hash : scratch.pieces) scratch.keys.push_back(tokenize::key_of(hash));
    counter.add_text(scratch.keys);
  }
  std::vector<uint32_t> keys;
  std::vector<float> idf;
  for (const tokenize::KeyCount& c : counter.choose(texts_min, features_max)) {
    keys.push_back(c.key);
    idf.push_back(static_cast<float>(std::log((1.0 + static_cast<double>(texts.size())) / (1.0 + c.texts)) + 1.0));
  }
  return {shape, std::move(keys), std::move(idf)};
}

void LinearVocabulary::append(std::vector<uint64_t>& hashes, LinearScratch& scratch) const {
  scratch.keys.clear();
  for (uint64_t hash : hashes) {
    uint32_t feature = keys_.find(tokenize::key_of(hash));
    if (feature != tokenize::HashedKeys::kNone) scratch.keys.push_back(feature);
  }
  std::sort(scratch.keys.begin(), scratch.keys.end());
  size_t begin = scratch.row.size();
  for (size_t i = 0; i < scratch.keys.size();) {
    size_t end = i;
    while (end < scratch.keys.size() && scratch.keys[end] == scratch.keys[i]) ++end;
    uint32_t feature = scratch.keys[i];
    float count = end - i == 1 ? 1.0f : 1.0f + std::log(static_cast<float>(end - i));
    scratch.row.push_back({feature, count * idf_[feature]});
    i = end;
  }
  scale_to_unit(std::span(scratch.row).subspan(begin));
}

std::span<const SparseEntry> LinearVocabulary::row(std::string_view text, LinearScratch& scratch) const {
  scratch.wholes.clear();
  scratch.pieces.clear();
  scratch.row.clear();
  tokenize::hash_ngrams(text, shape_, scratch.ngrams, scratch.wholes, scratch.pieces);
  append(scratch.wholes, scratch);
  append(scratch.pieces, scratch);
  scale_to_unit(scratch.row);
  return scratch.row;
}

}  // namespace fovea::models
