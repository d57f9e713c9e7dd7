// Finding: addresses first (a phone number may be the local part of one), then one pass over the digits.
#include <algorithm>

#include "trust/privacy/digits.h"
#include "trust/privacy/email.h"
#include "trust/privacy/iban.h"
#include "trust/privacy/redact.h"

namespace fovea::privacy {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Where an IBAN whose first check digit is at `at` would begin; `at` where the two bytes before are no country code.
size_t iban_begin(std::string_view text, size_t at, size_t floor) {
  if (at < floor + 2 || !is_letter(text[at - 1]) || !is_letter(text[at - 2])) return at;
  if (at > 2 && is_word_byte(static_cast<unsigned char>(text[at - 3]))) return at;
  return at - 2;
}

void find_numbers(std::string_view text, Kinds kinds, const std::vector<Span>& emails, std::vector<Span>& out) {
  size_t next_email = 0, floor = 0;
  for (size_t at = 0; at < text.size();) {
    if (next_email < emails.size() && at >= emails[next_email].begin) {
      at = floor = emails[next_email++].end;
      continue;
    }
    char digit = 0;
    if (digit_at(text, at, digit) == 0) {
      ++at;
      continue;
    }
    if (kinds.has(Kind::kIban)) {
      size_t begin = iban_begin(text, at, floor);
      if (size_t end = begin < at ? iban_end(text, begin) : begin; end > begin) {
        out.push_back({begin, end, Kind::kIban});
        at = floor = end;
        continue;
      }
    }
    Chain chain = read_chain(text.substr(0, next_email < emails.size() ? emails[next_email].begin : text.size()), at);
    chain.begin = std::max(chain.begin, floor);
    find_in_chain(chain, kinds, out);
    at = floor = chain.end;
  }
}

}  // namespace

std::vector<Span> find_personal_data(std::string_view text, Kinds kinds) {
  std::vector<Span> emails, numbers;
  if (kinds.has(Kind::kEmail)) find_emails(text, emails);
  if (kinds.has(Kind::kPhone) || kinds.has(Kind::kCard) || kinds.has(Kind::kCnResidentId) || kinds.has(Kind::kIban)) {
    find_numbers(text, kinds, emails, numbers);
  }
  if (numbers.empty()) return emails;
  emails.insert(emails.end(), numbers.begin(), numbers.end());
  std::ranges::sort(emails, {}, &Span::begin);
  return emails;
}

}  // namespace fovea::privacy
