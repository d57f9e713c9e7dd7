#include "engine/tokenize/hashed_words.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "base/utf8.h"

namespace fovea::tokenize {
namespace {

enum class Class : uint8_t { kSpace, kLetter, kDigit, kHan, kSymbol };

char32_t fold(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width forms of ASCII
  if (c == 0x3000) return ' ';
  if (c == 0x2019) return '\'';  // the apostrophe that phones type
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
}

Class classify(char32_t c) {
  if (c < 0x80) {
    if ((c >= 'a' && c <= 'z')) return Class::kLetter;
    if (c >= '0' && c <= '9') return Class::kDigit;
    return c <= ' ' || c == 0x7F ? Class::kSpace : Class::kSymbol;
  }
  if (is_cjk(c) || (c >= 0x3041 && c <= 0x30FF)) return Class::kHan;  // kana too: Japanese has no spaces either
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_UPPERCASE_LETTER:
    case U_LOWERCASE_LETTER:
    case U_TITLECASE_LETTER:
    case U_MODIFIER_LETTER:
    case U_OTHER_LETTER:
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_COMBINING_SPACING_MARK:
      return Class::kLetter;
    case U_DECIMAL_DIGIT_NUMBER:
      return Class::kDigit;
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
      return Class::kSpace;
    default:
      return Class::kSymbol;
  }
}

void flatten_digits(HashedText& out, uint32_t from) {
  size_t count = out.characters.size();
  for (size_t i = from; i < count;) {
    size_t end = i;
    while (end < count && classify(out.characters[end]) == Class::kDigit) ++end;
    if (end - i > 2) std::fill(out.characters.begin() + i, out.characters.begin() + end, U'0');
    i = end == i ? i + 1 : end;
  }
}

void close_word(HashedText& out, HashedWord& word, bool& open) {
  if (!open) return;
  open = false;
  if (word.kind == HashedWord::Kind::kWord) flatten_digits(out, word.first);
  word.count = static_cast<uint32_t>(out.characters.size()) - word.first;
  uint64_t hash = kHashStart;
  for (uint32_t i = 0; i < word.count; ++i) hash = hash_step(hash, out.characters[word.first + i]);
  word.hash = hash_end(hash);
  out.words.push_back(word);
}

}  // namespace

void HashedText::clear() {
  characters.clear();
  words.clear();
  cut = false;
}

void split_hashed(std::string_view text, HashedText& out) {
  out.clear();
  if (text.size() > kHashedBytesMax) {
    text = text.substr(0, kHashedBytesMax);
    out.cut = true;
  }
  HashedWord word;
  bool open = false;
  for (size_t at = 0; at < text.size();) {
    uint32_t begin = static_cast<uint32_t>(at);
    char32_t c = fold(next_code_point(text, at));
    Class kind = classify(c);
    // An apostrophe between letters belongs to the word: "don't" is one word.
    bool inner = c == '\'' && open && word.kind == HashedWord::Kind::kWord && at < text.size() &&
                 classify(fold(static_cast<unsigned char>(text[at]))) == Class::kLetter;
    bool joins = (kind == Class::kLetter || kind == Class::kDigit || inner);
    if (joins && open && word.kind == HashedWord::Kind::kWord) {
      out.characters.push_back(c);
      word.end = static_cast<uint32_t>(at);
      continue;
    }
    close_word(out, word, open);
    if (kind == Class::kSpace) continue;
    if (out.words.size() >= kHashedWordsMax) {
      out.cut = true;
      return;
    }
    word = {};
    word.kind = joins                 ? HashedWord::Kind::kWord
                : kind == Class::kHan ? HashedWord::Kind::kHan
                                      : HashedWord::Kind::kSymbol;
    word.begin = begin;
    word.end = static_cast<uint32_t>(at);
    word.first = static_cast<uint32_t>(out.characters.size());
    out.characters.push_back(c);
    open = true;
    if (word.kind != HashedWord::Kind::kWord) close_word(out, word, open);
  }
  close_word(out, word, open);
}

}  // namespace fovea::tokenize
