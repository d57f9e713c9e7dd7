// Splits a text into what hashed features are made of: words, Chinese characters and symbols, folded.
// Folding: full-width forms become ASCII, letters are case-folded, each run of more than two digits becomes zeros (a
// number's length says something, its value does not).
// Journey: first step of the hashed n-gram linear model (ngrams.h) and of the fovea-hashed encoder (hashed_tokens.h).
// Any bytes are fine; malformed UTF-8 becomes U+FFFD. The same text gives the same words on every machine.
// Limit: `kHashedWordsMax` words and `kHashedBytesMax` bytes; what follows is not looked at.
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fovea::tokenize {

constexpr size_t kHashedWordsMax = 4096;
constexpr size_t kHashedBytesMax = 1 << 16;

struct HashedWord {
  enum class Kind : uint8_t { kWord, kHan, kSymbol };
  Kind kind = Kind::kWord;
  uint32_t begin = 0, end = 0;    // bytes of the text
  uint32_t first = 0, count = 0;  // characters [first, first + count) of HashedText::characters
  uint64_t hash = 0;              // of the folded characters
};

struct HashedText {
  std::vector<char32_t> characters;  // folded
  std::vector<HashedWord> words;     // in the order of the text
  bool cut = false;                  // a limit was met

  void clear();
};

// Fills `out`, whose memory is kept between calls.
void split_hashed(std::string_view text, HashedText& out);

// Hashes are part of the file formats linear-model.md and hashed-encoder.md: they may never change.
constexpr uint64_t kHashStart = 0xCBF29CE484222325u;
constexpr uint64_t hash_step(uint64_t hash, uint64_t value) {  // a 64-bit multiply-xorshift
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}
constexpr uint64_t hash_end(uint64_t hash) {  // the finaliser of SplitMix64 (Steele et al. 2014)
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9u;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBu;
  return hash ^ (hash >> 31);
}

}  // namespace fovea::tokenize
