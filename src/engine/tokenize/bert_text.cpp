#include "engine/tokenize/bert_text.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <algorithm>

#include "base/utf8.h"

namespace fovea::tokenize {
namespace {

// The reference's categories are those of Unicode 8: what came later is unassigned to it.
bool in_unicode_8(char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] >= 1 && age[0] <= 8;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return c > 0x20 && c < 0x7F && !u_isalnum(static_cast<UChar32>(c));
  if (c == 0x111C9 || c == 0x166D) return true;  // were Po in Unicode 8
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_P_MASK) && in_unicode_8(c);
}

bool is_control(char32_t c) {  // Cc, Cf, Co; unassigned code points are kept
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const auto mask = U_GET_GC_MASK(static_cast<UChar32>(c));
  return (mask & (U_GC_CC_MASK | U_GC_CO_MASK)) || ((mask & U_GC_CF_MASK) && in_unicode_8(c));
}

bool is_mark(char32_t c) {
  if (c == 0x1734) return true;  // was Mn in Unicode 8, and these four were not
  if (c == 0x1885 || c == 0x1886 || c == 0xA9BD || c == 0x111C9) return false;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_MN_MASK) && in_unicode_8(c);
}

// One code point, except U+0130, whose lower case is two. Capitals that came after ICU 72's Unicode 15 are listed.
char32_t lower(char32_t c) {
  if (c >= 0x10D50 && c <= 0x10D65) return c + 0x20;  // Garay
  if (c >= 0x16EA0 && c <= 0x16EB8) return c + 0x1B;  // Beria Erfe
  switch (c) {
    case 0x1C89:
    case 0xA7CC:
    case 0xA7CE:
    case 0xA7D2:
    case 0xA7D4:
    case 0xA7DA:
      return c + 1;
    case 0xA7CB:
      return 0x264;
    case 0xA7DC:
      return 0x19B;
    default:
      return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
  }
}

// BERT's own list of CJK blocks, with the reference's 2B920 (where the block starts at 2B820).
bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

const UNormalizer2* decomposer() {
  UErrorCode status = U_ZERO_ERROR;
  return unorm2_getNFDInstance(&status);
}

// The full canonical decomposition of one code point, itself where there is none.
size_t decompose(char32_t c, char32_t (&parts)[8]) {
  parts[0] = c;
  if (c == 0x11938) return 1;  // decomposes since Unicode 13, not in the reference
  UChar units[16];
  UErrorCode status = U_ZERO_ERROR;
  const int32_t length = unorm2_getDecomposition(decomposer(), static_cast<UChar32>(c), units, 16, &status);
  if (length < 0 || U_FAILURE(status)) return 1;
  size_t count = 0;
  for (int32_t at = 0; at < length && count < 8;) {
    UChar32 part;
    U16_NEXT(units, at, length, part);
    parts[count++] = static_cast<char32_t>(part);
  }
  return count;
}

}  // namespace

void Word::clear() {
  text.clear();
  starts.clear();
  spans.clear();
  classes.clear();
}

BertText::BertText(const BertTextOptions& options) : options_(options), plane_(basic_plane()) {}

const std::vector<uint8_t>& BertText::basic_plane() {
  static const std::vector<uint8_t> kPlane = [] {
    std::vector<uint8_t> plane(0x10000);
    for (char32_t c = 0; c < plane.size(); ++c) plane[c] = compute_traits(c);
    return plane;
  }();
  return kPlane;
}

uint8_t BertText::compute_traits(char32_t c) {
  unsigned found = kPlain;
  if (u_isUWhiteSpace(static_cast<UChar32>(c))) found |= kSpace;
  if (c == 0 || c == kReplacement || is_control(c)) found |= kRemoved;
  if (is_punctuation(c)) found |= kPunctuation;
  if (is_chinese(c)) found |= kChinese;
  if (is_mark(c)) found |= kMark;
  // Worth the long way: it decomposes, combines, or has a lower case.
  char32_t parts[8];
  if (c >= 0x80 &&
      (decompose(c, parts) != 1 || parts[0] != c || u_getCombiningClass(static_cast<UChar32>(c)) != 0 || lower(c) != c))
    found |= kSlow;
  return static_cast<uint8_t>(found);
}

// What one code point becomes, code points in order, each with its combining class.
template <typename Put>
void BertText::normalise_one(char32_t c, uint8_t traits, const Put& put) const {
  if (!(traits & kSlow)) {
    if (options_.strip_accents && (traits & kMark)) return;
    put(options_.lowercase && c >= 'A' && c <= 'Z' ? c + 32 : c, uint8_t{0});
    return;
  }
  char32_t parts[8] = {c};
  size_t count = 1;
  if (options_.strip_accents) count = decompose(c, parts);
  for (size_t i = 0; i < count; ++i) {
    char32_t part = parts[i];
    if (options_.strip_accents && is_mark(part)) continue;
    const uint8_t combining = options_.strip_accents ? u_getCombiningClass(static_cast<UChar32>(part)) : uint8_t{0};
    if (!options_.lowercase) {
      put(part, combining);
    } else if (part == 0x130) {  // the one code point with a lower case of two
      put(U'i', combining);
      put(char32_t{0x307}, combining);
    } else {
      put(lower(part), combining);
    }
  }
}

namespace {

void append(Word& word, char32_t c, uint8_t combining, TokenSpan span) {
  word.starts.push_back(static_cast<uint32_t>(word.text.size()));
  word.spans.push_back(span);
  word.classes.push_back(combining);
  append_utf8(c, word.text);
}

// Canonical order (Unicode 15, 3.11): a combining character moves before those of a higher class.
void insert_in_order(Word& word, char32_t c, uint8_t combining, TokenSpan span) {
  size_t at = word.chars();
  while (combining != 0 && at > 0 && word.classes[at - 1] > combining) --at;
  if (at == word.chars()) return append(word, c, combining, span);
  std::string bytes;
  append_utf8(c, bytes);
  const uint32_t start = word.starts[at];
  word.text.insert(start, bytes);
  for (size_t i = at; i < word.chars(); ++i) word.starts[i] += static_cast<uint32_t>(bytes.size());
  word.starts.insert(word.starts.begin() + static_cast<ptrdiff_t>(at), start);
  word.spans.insert(word.spans.begin() + static_cast<ptrdiff_t>(at), span);
  word.classes.insert(word.classes.begin() + static_cast<ptrdiff_t>(at), combining);
}

}  // namespace

bool BertText::split(std::string_view text, size_t begin, size_t end, Word& word,
                     const std::function<bool(const Word&)>& take) const {
  word.clear();
  bool go_on = true;
  const auto flush = [&] {
    if (!word.empty() && go_on) go_on = take(word);
    word.clear();
  };
  text = text.substr(0, end);
  for (size_t at = begin; at < text.size() && go_on;) {
    const size_t start = at;
    const char32_t c = next_code_point(text, at);
    const TokenSpan span{static_cast<uint32_t>(start), static_cast<uint32_t>(at)};
    const uint8_t c_traits = traits(c);
    if (options_.clean_text && (c_traits & kRemoved)) continue;
    if (c_traits & kSpace) {
      flush();
      continue;
    }
    const bool apart = options_.handle_chinese_chars && (c_traits & kChinese);
    if (apart) flush();
    normalise_one(c, c_traits, [&](char32_t part, uint8_t combining) {
      const uint8_t part_traits = part == c ? c_traits : traits(part);
      if (part_traits & kSpace) {
        flush();
      } else if (part_traits & kPunctuation) {
        flush();
        append(word, part, 0, span);
        flush();
      } else {
        insert_in_order(word, part, combining, span);
      }
    });
    if (apart) flush();
  }
  flush();
  return go_on;
}

std::string BertText::normalise(std::string_view text) const {
  Word line;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    const uint8_t c_traits = traits(c);
    if (options_.clean_text && (c_traits & kRemoved)) continue;
    if (options_.clean_text && (c_traits & kSpace)) {
      append(line, U' ', 0, {});
      continue;
    }
    const bool apart = options_.handle_chinese_chars && (c_traits & kChinese);
    if (apart) append(line, U' ', 0, {});
    normalise_one(c, c_traits, [&](char32_t part, uint8_t combining) { insert_in_order(line, part, combining, {}); });
    if (apart) append(line, U' ', 0, {});
  }
  return line.text;
}

}  // namespace fovea::tokenize
