// Text to the tokens of a fovea-hashed encoder: each token a handful of hashed features.
// A Chinese character: itself and its pairs with both neighbours. A word: itself, its pieces, its pairs with both
// neighbours. A symbol: itself. A pair's feature is the same for both of its tokens.
// Journey: first step of models/hashed_encoder.h; the spans carry the focus map back to the text.
// Threads: any, each with its own HashedTokens. Never fails, whatever the bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/tokenize/hashed_words.h"
#include "engine/tokenize/tokenizer.h"

namespace fovea::tokenize {

// Part of the model's config.json.
struct HashedTokenShape {
  uint32_t tokens_max = 128;              // what follows is not looked at
  uint32_t piece_min = 3, piece_max = 5;  // characters of a word's pieces, its ends marked
  bool operator==(const HashedTokenShape&) const = default;
};

struct HashedTokens {
  std::vector<uint32_t> features;   // of all tokens: keys (hashed_keys.h)
  std::vector<uint32_t> begins{0};  // token t has features [begins[t], begins[t + 1])
  std::vector<TokenSpan> spans;     // [tokens]
  bool truncated = false;
  HashedText text;  // scratch

  size_t tokens() const { return spans.size(); }
};

// Replaces `out`. A text without any word gets one token without features, so that every text has a row.
void hash_tokens(std::string_view text, const HashedTokenShape& shape, HashedTokens& out);

}  // namespace fovea::tokenize
