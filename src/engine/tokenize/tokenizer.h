// Text to token ids, with the bytes of the text that each token came from.
// Journey: the first step of every text model; the spans carry the focus map back to the text.
// Threads: encode() and encode_pair() from any number at once.
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

constexpr int8_t kNoText = -1;  // a token that stands around the texts

struct Encoding {
  std::vector<int32_t> ids;       // [tokens]
  std::vector<TokenSpan> spans;   // [tokens] of a pair: in the text that the token belongs to
  std::vector<int8_t> texts;      // [tokens] which text: 0, of a pair 1 too; kNoText
  std::vector<int32_t> type_ids;  // [tokens] what the model is told of that, as it was trained: 0 and 1, or all 0
  bool truncated = false;         // the text had more tokens than were asked for

  void clear() {
    ids.clear();
    spans.clear();
    texts.clear();
    type_ids.clear();
    truncated = false;
  }
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // Replaces `out`. At most `tokens_max` tokens, special ones included; the text's first tokens are kept (its last
  // ones where tokenizer.json says so). Malformed UTF-8 is read as U+FFFD. Never fails.
  // REQUIRES: tokens_max >= special_tokens().
  virtual void encode(std::string_view text, size_t tokens_max, Encoding& out) const = 0;
  // Two texts, as a cross encoder reads them; the longer one is cut first (or as tokenizer.json says).
  // REQUIRES: tokens_max >= special_tokens(true).
  virtual void encode_pair(std::string_view first, std::string_view second, size_t tokens_max, Encoding& out) const = 0;
  virtual size_t special_tokens(bool of_pair = false) const = 0;  // that stand around a text, or a pair of texts
  virtual int64_t vocabulary_size() const = 0;                    // ids are in [0, vocabulary_size)
  virtual int64_t token_types() const = 0;                        // type ids are in [0, token_types)
  virtual int32_t id_of(std::string_view piece) const = 0;        // -1: none
  virtual bool lowercase() const = 0;                             // lowers the text's case
};

}  // namespace fovea::tokenize
