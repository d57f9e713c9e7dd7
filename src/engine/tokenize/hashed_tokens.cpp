#include "engine/tokenize/hashed_tokens.h"

#include <algorithm>

#include "engine/tokenize/hashed_keys.h"

namespace fovea::tokenize {
namespace {

constexpr uint64_t kItself = 0x31, kPair = 0x32, kPiece = 0x33;
constexpr char32_t kEnd = 0x110000;  // marks both ends of a word; no character

void add(uint64_t hash, HashedTokens& out) {
  out.features.push_back(key_of(hash));
}

uint64_t pair_hash(const HashedWord& a, const HashedWord& b) {
  return hash_end(hash_step(hash_step(hash_step(kHashStart, kPair), a.hash), b.hash));
}

void add_pieces(const HashedWord& word, const HashedTokenShape& shape, HashedTokens& out) {
  const char32_t* characters = out.text.characters.data() + word.first;
  size_t length = word.count + 2;
  auto at = [&](size_t i) { return i == 0 || i + 1 == length ? kEnd : characters[i - 1]; };
  for (size_t begin = 0; begin + shape.piece_min <= length; ++begin) {
    uint64_t hash = hash_step(kHashStart, kPiece);
    size_t longest = std::min<size_t>(shape.piece_max, length - begin);
    for (size_t n = 1; n <= longest; ++n) {
      hash = hash_step(hash, at(begin + n - 1));
      // The whole word with both ends is the word itself, which has a feature of its own.
      if (n >= shape.piece_min && n < length) add(hash_end(hash), out);
    }
  }
}

}  // namespace

void hash_tokens(std::string_view text, const HashedTokenShape& shape, HashedTokens& out) {
  out.features.clear();
  out.begins.assign(1, 0);
  out.spans.clear();
  split_hashed(text, out.text);
  const auto& words = out.text.words;
  out.truncated = out.text.cut || words.size() > shape.tokens_max;
  size_t count = std::min<size_t>(words.size(), shape.tokens_max);
  for (size_t i = 0; i < count; ++i) {
    const HashedWord& word = words[i];
    add(hash_end(hash_step(hash_step(kHashStart, kItself), word.hash)), out);
    if (word.kind != HashedWord::Kind::kSymbol) {
      if (i > 0) add(pair_hash(words[i - 1], word), out);
      if (i + 1 < words.size()) add(pair_hash(word, words[i + 1]), out);
    }
    if (word.kind == HashedWord::Kind::kWord) add_pieces(word, shape, out);
    out.spans.push_back({word.begin, word.end});
    out.begins.push_back(static_cast<uint32_t>(out.features.size()));
  }
  if (count == 0) {
    out.spans.push_back({0, 0});
    out.begins.push_back(0);
  }
}

}  // namespace fovea::tokenize
