// BERT's reading of text, before any vocabulary: clean, set Chinese characters apart, strip accents, lower the case,
// and split at white space and punctuation. Equal to Hugging Face's BertNormalizer and BertPreTokenizer, code point by
// code point (huggingface/tokenizers, normalizers/bert.rs and pre_tokenizers/bert.rs), including the age of its Unicode
// tables: categories as of Unicode 8, white space and lower case as of today.
// Threads: any, after construction.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenize/tokenizer.h"

namespace fovea::tokenize {

struct BertTextOptions {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};

// One word: normalised UTF-8, and for each of its characters where it starts in `text` and where it came from.
struct Word {
  std::string text;
  std::vector<uint32_t> starts;  // [chars] byte in `text`
  std::vector<TokenSpan> spans;  // [chars] bytes of the original
  std::vector<uint8_t> classes;  // [chars] canonical combining class; all 0 unless accents are stripped

  size_t chars() const { return starts.size(); }
  bool empty() const { return starts.empty(); }
  void clear();
  TokenSpan span(size_t first, size_t end) const { return {spans[first].begin, spans[end - 1].end}; }
};

class BertText {
 public:
  explicit BertText(const BertTextOptions& options);

  // Calls `take` for each word of text[begin, end), until it answers false. Returns false if it did.
  // `word` is scratch whose memory is kept between calls.
  bool split(std::string_view text, size_t begin, size_t end, Word& word,
             const std::function<bool(const Word&)>& take) const;

  // The normaliser alone, for tests: what Hugging Face's normalize_str() gives.
  std::string normalise(std::string_view text) const;

 private:
  enum Trait : uint8_t { kPlain = 0, kSpace = 1, kRemoved = 2, kPunctuation = 4, kChinese = 8, kMark = 16, kSlow = 32 };
  static uint8_t compute_traits(char32_t c);
  static const std::vector<uint8_t>& basic_plane();
  uint8_t traits(char32_t c) const { return c < plane_.size() ? plane_[c] : compute_traits(c); }
  template <typename Put>
  void normalise_one(char32_t c, uint8_t traits, const Put& put) const;

  BertTextOptions options_;
  const std::vector<uint8_t>& plane_;  // traits of the basic plane: a constant, computed once in a process
};

}  // namespace fovea::tokenize
