#include "engine/tokenize/ngrams.h"

#include <algorithm>
#include <span>

namespace fovea::tokenize {
namespace {

// Different kinds of n-grams start from different values, so that a word and a piece of the same letters differ.
constexpr uint64_t kWordRun = 0x57, kHanRun = 0x48, kPiece = 0x50;
constexpr char32_t kEnd = 0x110000;  // marks both ends of a word; no character

void hash_pieces(std::span<const char32_t> word, const NgramShape& shape, std::vector<uint64_t>& pieces) {
  size_t length = word.size() + 2;
  auto at = [&](size_t i) { return i == 0 || i + 1 == length ? kEnd : word[i - 1]; };
  for (size_t begin = 0; begin < length; ++begin) {
    uint64_t hash = hash_step(kHashStart, kPiece);
    size_t longest = std::min<size_t>(shape.piece_max, length - begin);
    for (size_t n = 1; n <= longest; ++n) {
      hash = hash_step(hash, at(begin + n - 1));
      if (n >= shape.piece_min) pieces.push_back(hash_end(hash));
    }
  }
}

}  // namespace

void hash_ngrams(std::string_view text, const NgramShape& shape, NgramScratch& scratch, std::vector<uint64_t>& wholes,
                 std::vector<uint64_t>& pieces) {
  split_hashed(text, scratch.text);
  const auto& words = scratch.text.words;
  for (size_t i = 0; i < words.size(); ++i) {
    bool han = words[i].kind == HashedWord::Kind::kHan;
    uint64_t hash = hash_step(kHashStart, han ? kHanRun : kWordRun);
    size_t longest = han ? shape.han_max : shape.words_max;
    for (size_t n = 0; n < longest && i + n < words.size(); ++n) {
      // A run of Chinese characters ends where another script or a symbol begins; a run of words may hold anything.
      if (han && n > 0 && (words[i + n].kind != HashedWord::Kind::kHan || words[i + n].begin != words[i + n - 1].end)) {
        break;
      }
      hash = hash_step(hash, words[i + n].hash);
      wholes.push_back(hash_end(hash));
    }
    if (words[i].kind == HashedWord::Kind::kWord) {
      hash_pieces({scratch.text.characters.data() + words[i].first, words[i].count}, shape, pieces);
    }
  }
}

}  // namespace fovea::tokenize
