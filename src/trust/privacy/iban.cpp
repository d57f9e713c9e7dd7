#include "trust/privacy/iban.h"

#include <algorithm>
#include <array>
#include <string>

namespace fovea::privacy {
namespace {

struct Country {
  std::string_view code;
  size_t length;
};
// The IBAN registry (SWIFT, release 97).
constexpr std::array<Country, 87> kCountries = {
    {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22}, {"BH", 22},
     {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DJ", 27},
     {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FK", 18}, {"FO", 18}, {"FR", 27},
     {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28},
     {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28},
     {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22},
     {"MK", 19}, {"MN", 20}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23},
     {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
     {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
     {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"XK", 20}}};

size_t length_of(std::string_view code) {
  const auto* found = std::ranges::find(kCountries, code, &Country::code);
  return found == kCountries.end() ? 0 : found->length;
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

}  // namespace

bool is_iban(std::string_view iban) {
  if (iban.size() < 15 || length_of(iban.substr(0, 2)) != iban.size()) return false;
  unsigned rest = 0;
  for (size_t i = 0; i < iban.size(); ++i) {
    char c = iban[(i + 4) % iban.size()];
    if (!is_alnum(c)) return false;
    rest = c <= '9' ? (rest * 10 + static_cast<unsigned>(c - '0')) % 97
                    : (rest * 100 + static_cast<unsigned>(c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

size_t iban_end(std::string_view text, size_t begin) {
  std::string iban;
  size_t at = begin, length = 0;
  while (at < text.size()) {
    char c = upper(text[at]);
    if (is_alnum(c)) {
      iban += c;
      ++at;
      if (iban.size() == 2 && (length = length_of(iban)) == 0) return begin;
      if (iban.size() == length) break;
    } else if ((text[at] == ' ' || text[at] == '-') && iban.size() >= 4 && at + 1 < text.size() &&
               is_alnum(upper(text[at + 1]))) {
      ++at;
    } else if (text.substr(at, 2) == "\xC2\xA0" && iban.size() >= 4) {
      at += 2;
    } else {
      return begin;
    }
  }
  if (iban.size() != length || !is_iban(iban)) return begin;
  bool goes_on = at < text.size() && is_alnum(upper(text[at]));
  return goes_on ? begin : at;
}

}  // namespace fovea::privacy
