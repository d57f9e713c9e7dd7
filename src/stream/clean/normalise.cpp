#include "stream/clean/normalise.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <string_view>

#include "base/utf8.h"

namespace fovea::clean {
namespace {

bool is_zero_width(char32_t c) {
  return (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF || c == 0x00AD || c == 0x034F || c == 0x180E ||
         c == 0x115F || c == 0x1160 || c == 0x3164 || (c >= 0xE0000 && c <= 0xE007F);
}

bool is_bidi(char32_t c) {
  return c == 0x200E || c == 0x200F || c == 0x061C || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_variation_selector(char32_t c) {
  return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}

bool is_emoji(char32_t c) {
  return c > 0xFF && u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_EMOJI);
}

// Letters of Cyrillic and Greek that are drawn like a Latin one (a part of Unicode's confusables.txt).
char latin_look_alike(char32_t c) {
  constexpr std::u32string_view kFrom = U"АВЕЅІЈКМНОРСТХУаеѕіјорсухһԁԛԝАΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοινρυ";
  constexpr std::string_view kTo = "ABESIJKMHOPCTXYaesijopcyxhdqwAABEZHIKMNOPTYXaoivpu";
  static_assert(kFrom.size() == kTo.size());
  size_t at = kFrom.find(c);
  return at == std::u32string_view::npos ? '\0' : kTo[at];
}

bool is_latin(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0x24F);
}
bool is_cyrillic_or_greek(char32_t c) {
  return c >= 0x370 && c <= 0x52F;
}

// In one word that has letters of both, look-alikes become Latin.
void fold_word(std::u32string& word, Tricks& tricks) {
  bool latin = std::ranges::any_of(word, is_latin);
  bool other = std::ranges::any_of(word, is_cyrillic_or_greek);
  if (!latin || !other) return;
  bool folded = false;
  for (char32_t& c : word) {
    if (char plain = latin_look_alike(c)) {
      c = static_cast<char32_t>(plain);
      folded = true;
    }
  }
  tricks.homoglyphs += folded;
}

std::u32string without_tricks(std::string_view text, Tricks& tricks) {
  std::u32string out;
  out.reserve(text.size());
  char32_t before = 0;
  for (size_t at = 0; at < text.size();) {
    char32_t c = next_code_point(text, at);
    if (c == '\r') {
      if (at < text.size() && text[at] == '\n') continue;
      c = '\n';
    }
    // A joiner within an emoji (family, flag) and the selector after one are how it is written.
    if (c == 0x200D && is_emoji(before)) {
      before = c;
      continue;
    }
    if (is_zero_width(c)) {
      ++tricks.zero_width;
    } else if (is_bidi(c)) {
      ++tricks.bidi;
    } else if (is_variation_selector(c)) {
      if (!is_emoji(before) && !is_cjk(before)) ++tricks.variation_selectors;
    } else if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0 && c != 0x85)) {
      ++tricks.control;
    } else {
      out += c == 0x85 || c == 0x2028 || c == 0x2029 ? U'\n' : c;
    }
    before = c;
  }
  return out;
}

std::u32string nfkc(const std::u32string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFKCInstance(error);
  if (U_FAILURE(error)) return text;
  icu::UnicodeString in =
      icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()), static_cast<int32_t>(text.size()));
  icu::UnicodeString normal = form->normalize(in, error);
  if (U_FAILURE(error)) return text;
  std::u32string out(static_cast<size_t>(normal.countChar32()), U'\0');
  normal.toUTF32(reinterpret_cast<UChar32*>(out.data()), static_cast<int32_t>(out.size()), error);
  return out;
}

bool is_word(char32_t c) {
  return is_latin(c) || is_cyrillic_or_greek(c);
}

std::string spaced(const std::u32string& text, Tricks& tricks) {
  std::string out;
  std::u32string word;
  int lines = 0;
  bool blank = false;
  auto flush = [&] {
    if (word.empty()) return;
    fold_word(word, tricks);
    for (char32_t c : word) append_utf8(c, out);
    word.clear();
  };
  for (char32_t c : text) {
    bool space =
        c == ' ' || c == '\t' || c == 0xA0 || c == 0x3000 || u_charType(static_cast<UChar32>(c)) == U_SPACE_SEPARATOR;
    if (c == '\n' || space) {
      flush();
      if (c == '\n') ++lines;
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += lines == 0 ? " " : lines == 1 ? "\n" : "\n\n";
    blank = false;
    lines = 0;
    if (is_word(c)) {
      word += c;
    } else {
      flush();
      append_utf8(c, out);
    }
  }
  flush();
  return out;
}

bool is_plain(std::string_view text) {
  bool space = true;  // so that a leading blank is no plain text
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x7F || byte < 0x20 || (byte == ' ' && space)) return false;
    space = byte == ' ';
  }
  return !space || text.empty();
}

}  // namespace

Json to_json(const Tricks& tricks) {
  JsonObject out;
  auto put = [&](std::string_view name, uint32_t count) {
    if (count > 0) out[name] = count;
  };
  put("zero_width", tricks.zero_width);
  put("bidi", tricks.bidi);
  put("variation_selectors", tricks.variation_selectors);
  put("control", tricks.control);
  put("homoglyphs", tricks.homoglyphs);
  put("hidden_html", tricks.hidden_html);
  return out;
}

std::string normalise(std::string_view text, Tricks& tricks) {
  if (is_plain(text)) return std::string(text);  // one line of ASCII is already in its form
  return spaced(nfkc(without_tricks(text, tricks)), tricks);
}

}  // namespace fovea::clean
