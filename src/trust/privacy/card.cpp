#include "trust/privacy/card.h"

namespace fovea::privacy {
namespace {

constexpr Words kCardWords(
    "card|cc|visa|mastercard|amex|debit|credit|pan|acct|account|卡号|卡|信用卡|银行卡|借记卡|储蓄卡|账号|帐号|账户");

int prefix_of(std::string_view digits, size_t length) {
  int value = 0;
  for (char c : digits.substr(0, length)) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

bool luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (size_t i = digits.size(); i-- > 0; twice = !twice) {
    int value = digits[i] - '0';
    if (twice) value = value > 4 ? 2 * value - 9 : 2 * value;
    sum += value;
  }
  return sum % 10 == 0;
}

// Ranges as the schemes publish them: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro,
// Mir, RuPay, Troy, and 9558 and 955x, which Chinese banks issued before UnionPay's 62.
bool issuer_known(std::string_view digits) {
  size_t n = digits.size();
  int two = prefix_of(digits, 2), three = prefix_of(digits, 3), four = prefix_of(digits, 4);
  if (digits[0] == '4') return n == 13 || n == 16 || n == 19;
  if (two >= 51 && two <= 55) return n == 16;
  if (four >= 2221 && four <= 2720) return n == 16;
  if (two == 34 || two == 37) return n == 15;
  if ((three >= 300 && three <= 305) || three == 309 || two == 36 || two == 38 || two == 39) return n == 14 || n == 16;
  if (four >= 3528 && four <= 3589) return n >= 16;
  if (two == 62 || two == 81) return n >= 16;
  if (four == 6011 || (three >= 644 && three <= 649) || two == 65) return n >= 16;
  if (two == 50 || (two >= 56 && two <= 58) || two == 60 || two == 61 || two == 63 || two == 64 || two >= 66) {
    if (two <= 69) return n >= 15;  // Maestro and RuPay
    return (four >= 9551 && four <= 9559 && n >= 16) || (four == 9792 && n == 16);
  }
  if (four >= 2200 && four <= 2204) return n >= 16;  // Mir
  return false;
}

size_t card_at(const Chain& chain, size_t first, Span& span) {
  std::string digits;
  size_t best = 0;
  for (size_t i = first; i < chain.groups.size(); ++i) {
    const Group& group = chain.groups[i];
    if (i > first && group.gap != ' ' && group.gap != '-') break;
    digits += group.digits;
    if (digits.size() > 19) break;
    bool grouped = i > first;
    // Cards are written in groups of four (4-6-5 American Express, 6-13 UnionPay): a run of 1 or 2 is not part of one.
    if (grouped && (group.digits.size() < 3 || chain.groups[first].digits.size() < 4)) break;
    if (digits.size() < 13 || !luhn(digits)) continue;
    if (touches_word(chain.text, chain.groups[first].begin, group.end)) continue;
    if (digits.find_first_not_of(digits[0]) == std::string::npos) continue;  // 0000..., a placeholder
    bool fours = grouped && chain.groups[first].digits.size() == 4;
    if (issuer_known(digits) || after_word(chain.text, chain.groups[first].begin, kCardWords) ||
        (fours && digits[0] >= '3' && digits[0] <= '6')) {
      best = i - first + 1;
    }
  }
  if (best > 0) span = {chain.groups[first].begin, chain.groups[first + best - 1].end, Kind::kCard};
  return best;
}

}  // namespace fovea::privacy
