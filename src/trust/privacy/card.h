// Payment cards: 13 to 19 digits, the Luhn check (ISO/IEC 7812-1 annex B), and an issuer's prefix or a word nearby.
#pragma once

#include "trust/privacy/digits.h"

namespace fovea::privacy {

bool luhn(std::string_view digits);
bool issuer_known(std::string_view digits);  // prefix and length of a known scheme

// How many groups from `first` on make a card; 0 for none. A number whose prefix no scheme uses passes Luhn one time in
// ten, as order numbers do: it is a card only next to a word such as "card" or "卡号".
size_t card_at(const Chain& chain, size_t first, Span& span);

}  // namespace fovea::privacy
