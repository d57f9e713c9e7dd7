#include "engine/tokenize/aligned_text.h"

#include <algorithm>
#include <cstring>

namespace fovea::tokenize {

bool is_ascii(std::string_view text) {
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if (word & 0x8080808080808080u) return false;
  }
  return std::ranges::all_of(text.substr(at), [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

void AlignedText::show(std::string_view original, uint32_t base) {
  shown_ = original;
  base_ = base;
  own_ = false;
}

void AlignedText::start() {
  own_ = true;
  bytes_.clear();
  from_.clear();
}

TokenSpan AlignedText::span(size_t begin, size_t end) const {
  if (own_) return {from_[begin].begin, from_[end - 1].end};
  while (begin > 0 && continues_utf8(shown_[begin])) --begin;
  while (end < shown_.size() && continues_utf8(shown_[end])) ++end;
  return {base_ + static_cast<uint32_t>(begin), base_ + static_cast<uint32_t>(end)};
}

void AlignedText::append(char32_t c, TokenSpan from) {
  append_utf8(c, bytes_);
  from_.resize(bytes_.size(), from);
}

void AlignedText::append(std::string_view bytes, TokenSpan from) {
  bytes_ += bytes;
  from_.resize(bytes_.size(), from);
}

void AlignedText::append_part(const AlignedText& other, size_t begin, size_t end) {
  bytes_.append(other.view(), begin, end - begin);
  if (other.own_) {
    from_.insert(from_.end(), other.from_.begin() + static_cast<ptrdiff_t>(begin),
                 other.from_.begin() + static_cast<ptrdiff_t>(end));
    return;
  }
  const size_t old = from_.size();
  from_.resize(bytes_.size());
  for (size_t at = begin; at < end;) {
    const size_t next = std::min(at + utf8_length(other.shown_[at]), end);
    const TokenSpan span{other.base_ + static_cast<uint32_t>(at), other.base_ + static_cast<uint32_t>(next)};
    for (; at < next; ++at) from_[old + at - begin] = span;
  }
}

size_t AlignedText::append_mapped(const AlignedText& other, size_t at, const std::array<char, 128>& map, bool drops) {
  const std::string_view text = other.view();
  size_t end = at, size = bytes_.size();
  while (end < text.size() && static_cast<unsigned char>(text[end]) < 0x80) ++end;
  bytes_.resize(size + end - at);
  from_.resize(bytes_.size());
  char* bytes = bytes_.data();
  TokenSpan* from = from_.data();
  for (; at < end; ++at) {
    bytes[size] = map[static_cast<unsigned char>(text[at])];
    from[size] = other.own_
                     ? other.from_[at]
                     : TokenSpan{other.base_ + static_cast<uint32_t>(at), other.base_ + static_cast<uint32_t>(at) + 1};
    size += !drops || bytes[size] != 0;
  }
  bytes_.resize(size);
  from_.resize(size);
  return end;
}

void TextRewriter::put(char32_t c, int64_t change) {
  TokenSpan span{origin_, origin_};
  if (change > 0) {
    if (at_ > begin_) span = in_.span_of_byte(at_ - 1);
  } else {
    if (end_ > begin_) span = in_.span_of_byte(std::min(at_, end_ - 1));
    advance(1 + static_cast<size_t>(-change));
  }
  out_.append(c, span);
}

}  // namespace fovea::tokenize
