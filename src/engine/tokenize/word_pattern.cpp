#include "engine/tokenize/word_pattern.h"

#include <array>

#include "base/utf8.h"

namespace fovea::tokenize {
namespace {

enum Kind : uint8_t { kOther, kAlpha, kDigit, kBlank, kEnd };

constexpr std::array<Kind, 128> kAsciiKinds = [] {
  std::array<Kind, 128> kinds{};
  for (size_t c = 0; c < 128; ++c) {
    const bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    kinds[c] = alpha ? kAlpha : c >= '0' && c <= '9' ? kDigit : c == ' ' || (c >= 9 && c <= 13) ? kBlank : kOther;
  }
  return kinds;
}();

class Reader {
 public:
  Reader(const CodePoints& points, std::string_view text) : points_(points), text_(text) {}

  // The kind of the character at `at`; `next` becomes where it ends.
  Kind kind(size_t at, size_t& next) const {
    next = at;
    if (at >= text_.size()) return kEnd;
    if (static_cast<unsigned char>(text_[at]) < 0x80) return kAsciiKinds[static_cast<size_t>(text_[next++])];
    const uint32_t traits = points_.traits(next_code_point(text_, next));
    return traits & kLetter ? kAlpha : traits & kNumber ? kDigit : traits & kSpace ? kBlank : kOther;
  }
  Kind kind(size_t at) const {
    size_t ignored;
    return kind(at, ignored);
  }
  size_t run_end(size_t at, Kind of, size_t most = SIZE_MAX) const {
    for (size_t next; most > 0 && kind(at, next) == of; --most) at = next;
    return at;
  }

  // A contraction at `at` ("'ll"): where it ends, or `at`.
  size_t contraction_end(size_t at, bool any_case) const {
    if (text_[at] != '\'') return at;
    const auto letter = [&](size_t i) {
      if (i >= text_.size()) return '\0';
      const char c = text_[i];
      return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    };
    const char first = letter(at + 1), second = letter(at + 2);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
    if ((first == 'r' || first == 'v') && second == 'e') return at + 3;
    if (first == 'l' && second == 'l') return at + 3;
    if (any_case && text_.substr(at + 1).starts_with("\u017F")) return at + 3;  // folds to s
    return at;
  }

  // White space up to where a word follows, which keeps the last space; all of it at the end, or where it is alone.
  size_t blank_end(size_t begin) const {
    size_t at = begin, before = begin;
    for (size_t next; kind(at, next) == kBlank; at = next) before = at;
    return at == text_.size() || before == begin ? at : before;
  }
  // Behind the last line break of the white space at `begin`, or `begin`.
  size_t break_end(size_t begin) const {
    size_t end = begin;
    for (size_t at = begin, next; kind(at, next) == kBlank; at = next)
      if (text_[at] == '\n' || text_[at] == '\r') end = next;
    return end;
  }
  size_t line_break_run_end(size_t at) const {
    while (at < text_.size() && (text_[at] == '\n' || text_[at] == '\r')) ++at;
    return at;
  }
  bool space(size_t at) const { return text_[at] == ' '; }
  bool line_break(size_t at) const { return text_[at] == '\n' || text_[at] == '\r'; }

 private:
  const CodePoints& points_;
  std::string_view text_;
};

size_t gpt2_end(const Reader& text, size_t at) {
  if (const size_t end = text.contraction_end(at, false); end > at) return end;
  const size_t start = text.space(at) ? at + 1 : at;
  const Kind kind = text.kind(start);
  return kind < kBlank ? text.run_end(start, kind) : text.blank_end(at);
}

size_t cl100k_end(const Reader& text, size_t digits, size_t at) {
  if (const size_t end = text.contraction_end(at, true); end > at) return end;
  size_t next;
  const Kind kind = text.kind(at, next);
  if (kind == kAlpha) return text.run_end(at, kAlpha);
  if (kind == kDigit) return text.run_end(at, kDigit, digits);
  if (!text.line_break(at) && text.kind(next) == kAlpha) return text.run_end(next, kAlpha);
  const size_t start = text.space(at) ? at + 1 : at;
  if (text.kind(start) == kOther) return text.line_break_run_end(text.run_end(start, kOther));
  if (const size_t end = text.break_end(at); end > at) return end;
  return text.blank_end(at);
}

template <typename End>
void find_words(size_t begin, size_t end, std::vector<Match>& out, const End& word_end) {
  for (size_t at = begin; at < end;) {
    const size_t next = word_end(at);
    out.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(next)});
    at = next;
  }
}

}  // namespace

void find_gpt2_words(const CodePoints& points, std::string_view text, size_t begin, size_t end,
                     std::vector<Match>& out) {
  const Reader reader(points, text.substr(0, end));
  find_words(begin, end, out, [&](size_t at) { return gpt2_end(reader, at); });
}

void find_cl100k_words(const CodePoints& points, size_t digits, std::string_view text, std::vector<Match>& out) {
  const Reader reader(points, text);
  find_words(0, text.size(), out, [&](size_t at) { return cl100k_end(reader, digits, at); });
}

}  // namespace fovea::tokenize
