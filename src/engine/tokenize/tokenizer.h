// Text to token ids, with the bytes of the text that each token came from.
// Journey: the first step of every text model; the spans carry the focus map back to the text.
// Threads: encode() from any number at once.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fovea::tokenize {

// Bytes [begin, end) of the text as it was given. Tokens that stand for no text ([CLS], [SEP]) have {0, 0}.
struct TokenSpan {
  uint32_t begin = 0, end = 0;
  bool operator==(const TokenSpan&) const = default;
};

struct Encoding {
  std::vector<int32_t> ids;      // [tokens]
  std::vector<TokenSpan> spans;  // [tokens]
  bool truncated = false;        // the text had more tokens than were asked for

  void clear() {
    ids.clear();
    spans.clear();
    truncated = false;
  }
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // Replaces `out`. At most `tokens_max` tokens, special ones included; the text's first tokens are kept. Malformed
  // UTF-8 is read as U+FFFD. Never fails. REQUIRES: tokens_max >= special_tokens().
  virtual void encode(std::string_view text, size_t tokens_max, Encoding& out) const = 0;
  virtual size_t special_tokens() const = 0;    // that encode() adds around a text
  virtual int64_t vocabulary_size() const = 0;  // ids are in [0, vocabulary_size)
};

}  // namespace fovea::tokenize
