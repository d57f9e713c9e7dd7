#include "trust/privacy/digits.h"

#include <algorithm>

#include "trust/privacy/card.h"
#include "trust/privacy/phone.h"
#include "trust/privacy/resident_id.h"

namespace fovea::privacy {
namespace {

constexpr size_t kGapBytesMax = 6;    // "-", " ", ") ", " - "
constexpr size_t kContextBytes = 40;  // how far back a word such as "card" tells what a number is

// The separator at `at`: its class in `kind`, its length; 0 where there is none.
size_t separator_at(std::string_view text, size_t at, char& kind) {
  switch (text[at]) {
    case ' ':
      kind = ' ';
      return 1;
    case '-':
      kind = '-';
      return 1;
    case '.':
      kind = '.';
      return 1;
    case '(':
    case ')':
      kind = '(';
      return 1;
    default:
      break;
  }
  auto starts = [&](std::string_view what) { return text.substr(at).starts_with(what); };
  if (starts("\xC2\xA0")) return kind = ' ', 2;                                // no-break space
  if (starts("\xE3\x80\x80") || starts("\xE2\x80\xAF")) return kind = ' ', 3;  // ideographic and narrow no-break space
  if (starts("\xEF\xBC\x8D") || starts("\xE2\x80\x90") || starts("\xE2\x80\x91") || starts("\xE2\x80\x92") ||
      starts("\xE2\x80\x93") || starts("\xE2\x80\x94")) {
    return kind = '-', 3;  // full-width hyphen and the dashes
  }
  if (starts("\xEF\xBC\x88") || starts("\xEF\xBC\x89")) return kind = '(', 3;  // full-width parentheses
  return 0;
}

// Skips the separators at `at`; the class of the gap, 0 where no digit follows.
char read_gap(std::string_view text, size_t& at) {
  size_t end = at;
  char gap = 0, digit = 0;
  while (end < text.size() && end - at < kGapBytesMax) {
    char kind = 0;
    size_t length = separator_at(text, end, kind);
    if (length == 0) break;
    if (gap == 0 || gap == ' ') gap = kind;
    if (kind == '(') gap = '(';
    end += length;
  }
  if (gap == 0 || end >= text.size() || digit_at(text, end, digit) == 0) return 0;
  at = end;
  return gap;
}

}  // namespace

size_t digit_at(std::string_view text, size_t at, char& digit) {
  auto c = static_cast<unsigned char>(text[at]);
  if (c >= '0' && c <= '9') return digit = text[at], 1;
  if (c == 0xEF && at + 2 < text.size() && static_cast<unsigned char>(text[at + 1]) == 0xBC) {
    auto last = static_cast<unsigned char>(text[at + 2]);
    if (last >= 0x90 && last <= 0x99) return digit = static_cast<char>('0' + last - 0x90), 3;  // U+FF10..FF19
  }
  return 0;
}

Chain read_chain(std::string_view text, size_t at) {
  Chain chain{text, {}, false, at, at};
  if (at > 0 && text[at - 1] == '+') {
    chain.plus = true;
    chain.begin = at - 1;
  } else if (at >= 3 && text.substr(at - 3, 3) == "\xEF\xBC\x8B") {  // full-width plus
    chain.plus = true;
    chain.begin = at - 3;
  } else if (at > 0 && text[at - 1] == '(') {
    chain.begin = at - 1;
    if (at > 1 && text[at - 2] == '+') chain.plus = true, chain.begin = at - 2;
  }
  char gap = 0;
  while (chain.groups.size() < kChainGroupsMax) {
    Group group{at, at, {}, gap};
    char digit = 0;
    while (at < text.size()) {
      size_t length = digit_at(text, at, digit);
      if (length == 0) break;
      group.digits += digit;
      at += length;
    }
    group.end = at;
    chain.groups.push_back(std::move(group));
    if (at >= text.size()) break;
    gap = read_gap(text, at);
    if (gap == 0) break;
  }
  chain.end = chain.groups.back().end;
  return chain;
}

bool is_word_byte(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool touches_word(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && is_word_byte(static_cast<unsigned char>(text[begin - 1]))) return true;
  if (begin > 1 && (text[begin - 1] == '.' || text[begin - 1] == ',') && text[begin - 2] >= '0' &&
      text[begin - 2] <= '9') {
    return true;
  }
  if (end < text.size() && is_word_byte(static_cast<unsigned char>(text[end]))) return true;
  return end + 1 < text.size() && (text[end] == '.' || text[end] == ',') && text[end + 1] >= '0' &&
         text[end + 1] <= '9';
}

std::optional<std::string_view> after_word(std::string_view text, size_t begin, const Words& words) {
  size_t from = begin > kContextBytes ? begin - kContextBytes : 0;
  auto lower = [&](size_t at) {
    return text[at] >= 'A' && text[at] <= 'Z' ? static_cast<char>(text[at] + 32) : text[at];
  };
  auto in_word = [&](size_t at) { return is_word_byte(static_cast<unsigned char>(text[at])); };
  auto matches = [&](size_t at, std::string_view word) {
    if (word.size() > begin - at) return false;
    for (size_t i = 0; i < word.size(); ++i) {
      if (lower(at + i) != word[i]) return false;
    }
    bool ascii = static_cast<unsigned char>(word.front()) < 0x80;
    return !ascii || (!(at > 0 && in_word(at - 1)) && !(at + word.size() < begin && in_word(at + word.size())));
  };
  for (size_t at = begin; at-- > from;) {
    if (!words.first[static_cast<unsigned char>(lower(at))]) continue;
    size_t longest = 0;
    for (std::string_view rest = words.list; !rest.empty();) {
      size_t bar = std::min(rest.find('|'), rest.size());
      if (bar > longest && matches(at, rest.substr(0, bar))) longest = bar;
      rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    if (longest > 0) return text.substr(at + longest, begin - at - longest);
  }
  return std::nullopt;
}

void find_in_chain(const Chain& chain, Kinds kinds, std::vector<Span>& out) {
  for (size_t i = 0; i < chain.groups.size();) {
    size_t used = 0;
    Span span;
    if (kinds.has(Kind::kCnResidentId)) used = resident_id_at(chain, i, span);
    if (used == 0 && kinds.has(Kind::kCard)) used = card_at(chain, i, span);
    if (used == 0 && kinds.has(Kind::kPhone)) used = phone_at(chain, i, span);
    if (used > 0) out.push_back(span);
    i += std::max<size_t>(used, 1);
  }
}

}  // namespace fovea::privacy
