#include "trust/privacy/resident_id.h"

#include <array>

namespace fovea::privacy {
namespace {

// The X that may follow at `at`: its length, 0 for none.
size_t check_x_at(std::string_view text, size_t at) {
  if (at < text.size() && (text[at] == 'X' || text[at] == 'x')) return 1;
  std::string_view rest = text.substr(std::min(at, text.size()));
  return rest.starts_with("\xEF\xBC\xB8") || rest.starts_with("\xEF\xBD\x98") ? 3 : 0;  // full-width X and x
}

int number(std::string_view digits) {
  int value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool is_province(int code) {
  return (code >= 11 && code <= 15) || (code >= 21 && code <= 23) || (code >= 31 && code <= 37) ||
         (code >= 41 && code <= 46) || (code >= 50 && code <= 54) || (code >= 61 && code <= 65) || code == 71 ||
         (code >= 81 && code <= 83);
}

bool is_date(int year, int month, int day) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1900 || year > 2099 || month < 1 || month > 12 || day < 1) return false;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap);
}

}  // namespace

bool is_resident_id(std::string_view id) {
  constexpr std::array<int, 17> kWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr std::string_view kChecks = "10X98765432";
  if (id.size() != 18) return false;
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) {
    if (id[i] < '0' || id[i] > '9') return false;
    sum += (id[i] - '0') * kWeights[i];
  }
  char check = id[17] == 'x' ? 'X' : id[17];
  return check == kChecks[static_cast<size_t>(sum % 11)] && is_province(number(id.substr(0, 2))) &&
         is_date(number(id.substr(6, 4)), number(id.substr(10, 2)), number(id.substr(12, 2)));
}

size_t resident_id_at(const Chain& chain, size_t first, Span& span) {
  std::string digits;
  for (size_t i = first; i < chain.groups.size(); ++i) {
    const Group& group = chain.groups[i];
    if (i > first && group.gap != ' ' && group.gap != '-') return 0;
    digits += group.digits;
    if (digits.size() > 18) return 0;
    if (digits.size() < 17) continue;
    size_t end = group.end;
    std::string id = digits;
    if (digits.size() == 17) {
      size_t x = check_x_at(chain.text, end);
      if (x == 0) continue;
      id += 'X';
      end += x;
    }
    if (!is_resident_id(id)) continue;
    if (touches_word(chain.text, chain.groups[first].begin, end)) return 0;
    span = {chain.groups[first].begin, end, Kind::kCnResidentId};
    return i - first + 1;
  }
  return 0;
}

}  // namespace fovea::privacy
