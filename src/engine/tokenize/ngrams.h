// Hashed n-grams of a text, the features of the linear model: words and pairs of words, pieces of words, and Chinese
// characters alone and in pairs.
// Journey: text → n-grams → LinearModel (engine/models/linear.h).
// Threads: any, each with its own NgramScratch.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/tokenize/hashed_words.h"

namespace fovea::tokenize {

// Part of the linear model's file.
struct NgramShape {
  uint8_t words_max = 2;                 // word n-grams of 1 to this many words
  uint8_t piece_min = 2, piece_max = 5;  // characters of a word, its ends marked
  uint8_t han_max = 2;                   // Chinese characters in a row
  bool operator==(const NgramShape&) const = default;
};

struct NgramScratch {
  HashedText text;
};

// Appends the hash of every n-gram, once for each time it occurs. `wholes` holds words, symbols, Chinese characters and
// their runs; `pieces` holds parts of words. The two are weighted separately (linear.h).
void hash_ngrams(std::string_view text, const NgramShape& shape, NgramScratch& scratch, std::vector<uint64_t>& wholes,
                 std::vector<uint64_t>& pieces);

}  // namespace fovea::tokenize
