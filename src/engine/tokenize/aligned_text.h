// Text on its way through normalisation, and for each of its bytes the bytes of the original that it came from.
// The bookkeeping is that of Hugging Face's NormalizedString (tokenizers, tokenizer/normalizer.rs), so that spans
// agree. The text is valid UTF-8. Threads: one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "engine/tokenize/tokenizer.h"

namespace fovea::tokenize {

inline size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}
inline bool continues_utf8(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}
bool is_ascii(std::string_view text);

// Either a view of the original as it is (`from` is not kept), or bytes of its own with their origins.
class AlignedText {
 public:
  // Borrows `original`; bytes [0, ..) of it are bytes [base, ..) of the text as it was given.
  void show(std::string_view original, uint32_t base);
  void start();  // an empty text of its own

  std::string_view view() const { return own_ ? std::string_view(bytes_) : shown_; }
  size_t size() const { return view().size(); }
  bool as_given() const { return !own_; }
  // Of bytes [begin, end), begin < end; whole characters of the original.
  TokenSpan span(size_t begin, size_t end) const;
  TokenSpan span_of_byte(size_t at) const { return own_ ? from_[at] : span(at, at + 1); }

  void append(char32_t c, TokenSpan from);
  void append(std::string_view bytes, TokenSpan from);
  void append_part(const AlignedText& other, size_t begin, size_t end);  // with its origins
  // Appends the ASCII characters of `other` from byte `at` on as `map` says; with `drops`, those that it gives NUL for
  // are left out. Returns where they end.
  size_t append_mapped(const AlignedText& other, size_t at, const std::array<char, 128>& map, bool drops);

 private:
  std::string_view shown_;
  uint32_t base_ = 0;
  bool own_ = false;
  std::string bytes_;
  std::vector<TokenSpan> from_;  // [bytes]
};

// Rewrites in[begin, end) behind `out`, a character at a time, in the terms of the reference: a put character replaces
// the next one of `in` (change 0), replaces it and `n` more (change -n), or is new (change 1) and comes from where the
// character before the reading point came from.
class TextRewriter {
 public:
  // `origin`: where the part starts in the original; what is put before anything was read comes from there.
  TextRewriter(const AlignedText& in, size_t begin, size_t end, uint32_t origin, AlignedText& out)
      : in_(in), out_(out), text_(in.view()), begin_(begin), end_(end), at_(begin), origin_(origin) {}

  void drop(size_t characters) { advance(characters); }
  void put(char32_t c, int64_t change);
  void keep(size_t bytes) {  // as they are
    out_.append_part(in_, at_, at_ + bytes);
    at_ += bytes;
  }

 private:
  void advance(size_t characters) {
    for (; characters > 0 && at_ < end_; --characters) at_ += utf8_length(text_[at_]);
  }

  const AlignedText& in_;
  AlignedText& out_;
  std::string_view text_;
  size_t begin_, end_, at_;
  uint32_t origin_;
};

}  // namespace fovea::tokenize
