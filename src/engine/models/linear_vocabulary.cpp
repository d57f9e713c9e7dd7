#include "engine/models/linear_vocabulary.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"

namespace fovea::models {
namespace {

uint32_t key_of(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32);
}

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
  slot_mask_ = std::bit_ceil(static_cast<uint32_t>(keys_.size() * 2 + 2)) - 1;
  slots_.assign(slot_mask_ + 1, kNone);
  for (uint32_t i = 0; i < keys_.size(); ++i) {
    uint32_t slot = keys_[i] & slot_mask_;
    while (slots_[slot] != kNone) slot = (slot + 1) & slot_mask_;
    slots_[slot] = i;
  }
}

LinearVocabulary LinearVocabulary::build(std::span<const std::string_view> texts, const tokenize::NgramShape& shape,
                                         uint32_t texts_min, size_t features_max) {
  LinearScratch scratch;
  std::vector<uint32_t> seen;  // every (text, n-gram) once
  for (std::string_view text : texts) {
    scratch.wholes.clear();
    scratch.pieces.clear();
    tokenize::hash_ngrams(text, shape, scratch.ngrams, scratch.wholes, scratch.pieces);
    scratch.keys.clear();
    for (uint64_t hash : scratch.wholes) scratch.keys.push_back(key_of(hash));
    for (uint64_t hash : scratch.pieces) scratch.keys.push_back(key_of(hash));
    std::sort(scratch.keys.begin(), scratch.keys.end());
    auto end = std::unique(scratch.keys.begin(), scratch.keys.end());
    seen.insert(seen.end(), scratch.keys.begin(), end);
  }
  std::sort(seen.begin(), seen.end());
  struct Counted {
    uint32_t key, texts;
  };
  std::vector<Counted> counted;
  for (size_t i = 0; i < seen.size();) {
    size_t end = i;
    while (end < seen.size() && seen[end] == seen[i]) ++end;
    if (end - i >= texts_min) counted.push_back({seen[i], static_cast<uint32_t>(end - i)});
    i = end;
  }
  if (counted.size() > features_max) {
    std::nth_element(
        counted.begin(), counted.begin() + static_cast<ptrdiff_t>(features_max), counted.end(),
        [](const Counted& a, const Counted& b) { return a.texts != b.texts ? a.texts > b.texts : a.key < b.key; });
    counted.resize(features_max);
    std::sort(counted.begin(), counted.end(), [](const Counted& a, const Counted& b) { return a.key < b.key; });
  }
  std::vector<uint32_t> keys;
  std::vector<float> idf;
  for (const Counted& c : counted) {
    keys.push_back(c.key);
    idf.push_back(static_cast<float>(std::log((1.0 + static_cast<double>(texts.size())) / (1.0 + c.texts)) + 1.0));
  }
  return {shape, std::move(keys), std::move(idf)};
}

uint32_t LinearVocabulary::find(uint32_t key) const {
  for (uint32_t slot = key & slot_mask_;; slot = (slot + 1) & slot_mask_) {
    uint32_t feature = slots_[slot];
    if (feature == kNone || keys_[feature] == key) return feature;
  }
}

void LinearVocabulary::append(std::vector<uint64_t>& hashes, LinearScratch& scratch) const {
  scratch.keys.clear();
  for (uint64_t hash : hashes) {
    uint32_t feature = find(key_of(hash));
    if (feature != kNone) scratch.keys.push_back(feature);
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
