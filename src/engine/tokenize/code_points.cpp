#include "engine/tokenize/code_points.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <algorithm>
#include <span>

#include "base/utf8.h"

namespace fovea::tokenize {
namespace {

struct Range {
  char32_t first, last;
};

// Assigned after Unicode 15: letters and numbers as of 16.
constexpr Range kLaterLetters[] = {{0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3},
                                   {0x10D4A, 0x10D65}, {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x11380, 0x11389},
                                   {0x1138B, 0x1138B}, {0x1138E, 0x1138E}, {0x11390, 0x113B5}, {0x113B7, 0x113B7},
                                   {0x113D1, 0x113D1}, {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0}, {0x13460, 0x143FA},
                                   {0x16100, 0x1611D}, {0x16D40, 0x16D6C}, {0x18CFF, 0x18CFF}, {0x1E5D0, 0x1E5ED},
                                   {0x1E5F0, 0x1E5F0}, {0x2EBF0, 0x2EE5D}};
constexpr Range kLaterNumbers[] = {{0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9}, {0x16130, 0x16139},
                                   {0x16D70, 0x16D79}, {0x1CCF0, 0x1CCF9}, {0x1E5F1, 0x1E5FA}};
constexpr Range kLaterMarks[] = {{0x897, 0x897},     {0x10D69, 0x10D6D}, {0x10EFC, 0x10EFC}, {0x113B8, 0x113C0},
                                 {0x113C2, 0x113C2}, {0x113C5, 0x113C5}, {0x113C7, 0x113CA}, {0x113CC, 0x113D0},
                                 {0x113D2, 0x113D2}, {0x113E1, 0x113E2}, {0x11F5A, 0x11F5A}, {0x1611E, 0x1612F},
                                 {0x1E5EE, 0x1E5EF}};
// And as of Unicode 17.
constexpr Range kLatestNumbers[] = {{0x11DE0, 0x11DE9}, {0x16FF4, 0x16FF6}};
constexpr Range kLatestExtends[] = {{0x1ACF, 0x1ADD},   {0x1AE0, 0x1AEB},   {0x10EFA, 0x10EFC}, {0x11B60, 0x11B67},
                                    {0x1E6E3, 0x1E6E3}, {0x1E6E6, 0x1E6E6}, {0x1E6EE, 0x1E6EF}, {0x1E6F5, 0x1E6F5}};

bool within(char32_t c, std::span<const Range> ranges) {
  return std::ranges::any_of(ranges, [c](const Range& r) { return c >= r.first && c <= r.last; });
}

bool of_age(char32_t c, int most) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] >= 1 && age[0] <= most;
}

uint32_t mask(char32_t c) {
  return U_GET_GC_MASK(static_cast<UChar32>(c));
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return c > 0x20 && c < 0x7F && !u_isalnum(static_cast<UChar32>(c));
  if (c == 0x111C9 || c == 0x166D) return true;  // were Po in Unicode 8
  return (mask(c) & U_GC_P_MASK) && of_age(c, 8);
}

bool is_bert_removed(char32_t c) {  // Cc, Cf, Co; unassigned code points are kept
  if (c == '\t' || c == '\n' || c == '\r') return false;
  if (c == kReplacement) return true;
  return (mask(c) & (U_GC_CC_MASK | U_GC_CO_MASK)) || ((mask(c) & U_GC_CF_MASK) && of_age(c, 8));
}

bool is_bert_mark(char32_t c) {
  if (c == 0x1734) return true;  // was Mn in Unicode 8, and these four were not
  if (c == 0x1885 || c == 0x1886 || c == 0xA9BD || c == 0x111C9) return false;
  return (mask(c) & U_GC_MN_MASK) && of_age(c, 8);
}

bool is_combining(char32_t c) {
  if (c == 0x1CF2 || c == 0x1CF3) return true;  // were Mc in Unicode 9, and this was not a mark
  return c != 0x111C9 && (mask(c) & U_GC_M_MASK) && of_age(c, 9);
}

// BERT's own list of CJK blocks, with the reference's 2B920 (where the block starts at 2B820).
bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool is_word_part(char32_t c) {
  const auto icu = static_cast<UChar32>(c);
  return u_hasBinaryProperty(icu, UCHAR_ALPHABETIC) || u_hasBinaryProperty(icu, UCHAR_JOIN_CONTROL) ||
         (mask(c) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) || within(c, kLaterLetters) ||
         within(c, kLaterMarks) || within(c, kLaterNumbers);
}

uint32_t cluster_traits(char32_t c) {
  if (c == 0x11A3A) return 0;  // Prepend in Unicode 15, no longer in 17
  if (c == 0x113D1) return kJoinsAfter;
  if (within(c, kLaterMarks) || within(c, kLatestExtends)) return kJoinsBefore;
  switch (u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_GRAPHEME_CLUSTER_BREAK)) {
    case U_GCB_CONTROL:
    case U_GCB_CR:
    case U_GCB_LF:
      return kBreaksCluster;
    case U_GCB_EXTEND:
    case U_GCB_ZWJ:
    case U_GCB_SPACING_MARK:
      return kJoinsBefore;
    case U_GCB_PREPEND:
      return kJoinsAfter;
    default:
      return 0;
  }
}

uint32_t form_traits(char32_t c) {
  constexpr uint32_t kAll = kNfcStable | kNfdStable | kNfkcStable | kNfkdStable;
  if (!in_unicode_9(c)) return kAll;
  const auto icu = static_cast<UChar32>(c);
  if (u_getCombiningClass(icu) != 0) return 0;
  uint32_t found = 0;
  for (auto [property, trait] :
       {std::pair(UCHAR_NFC_QUICK_CHECK, kNfcStable), std::pair(UCHAR_NFD_QUICK_CHECK, kNfdStable),
        std::pair(UCHAR_NFKC_QUICK_CHECK, kNfkcStable), std::pair(UCHAR_NFKD_QUICK_CHECK, kNfkdStable)})
    if (u_getIntPropertyValue(icu, property) == UNORM_YES) found |= trait;
  return found;
}

}  // namespace

bool in_unicode_9(char32_t c) {
  return of_age(c, 9);
}

// Capitals that came after ICU 72's Unicode 15 are listed.
char32_t lower_case(char32_t c) {
  if (c >= 0x10D50 && c <= 0x10D65) return c + 0x20;  // Garay
  if (c >= 0x16EA0 && c <= 0x16EB8) return c + 0x1B;  // Beria Erfe
  switch (c) {
    case 0x130:
      return U'i';
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

uint32_t CodePoints::compute(char32_t c) {
  const uint32_t category = mask(c);
  const bool number = (category & U_GC_N_MASK) || within(c, kLaterNumbers);
  uint32_t found = cluster_traits(c) | form_traits(c);
  const auto mark = [&found](bool holds, uint32_t trait) { found |= holds ? trait : 0; };
  mark(u_isUWhiteSpace(static_cast<UChar32>(c)), kSpace);
  mark((category & U_GC_L_MASK) || within(c, kLaterLetters), kLetter);
  mark(number, kNumber);
  mark(number || within(c, kLatestNumbers), kNumeric);
  mark(is_word_part(c), kWordPart);
  mark(is_punctuation(c), kPunctuation);
  mark(is_bert_removed(c), kBertRemoved);
  mark(is_bert_mark(c), kBertMark);
  mark(is_chinese(c), kChinese);
  mark(is_combining(c), kCombining);
  mark(lower_case(c) != c, kHasLower);
  mark((category & (U_GC_LU_MASK | U_GC_LT_MASK)) != 0, kUppercase);
  mark((category & U_GC_LL_MASK) != 0, kLowercase);
  mark((category & U_GC_M_MASK) || within(c, kLaterMarks), kMark);
  return found;
}

const std::vector<uint32_t>& CodePoints::basic_plane() {
  static const std::vector<uint32_t> kPlane = [] {
    std::vector<uint32_t> plane(0x10000);
    for (char32_t c = 0; c < plane.size(); ++c) plane[c] = compute(c);
    return plane;
  }();
  return kPlane;
}

}  // namespace fovea::tokenize
