// IBANs (ISO 13616): the length of the country, mod 97 = 1 (ISO 7064), alone or in groups of four.
#pragma once

#include <string_view>

namespace fovea::privacy {

bool is_iban(std::string_view iban);  // upper case, no blanks

// The end of the IBAN that begins at `begin` (its country's first letter); `begin` where there is none.
size_t iban_end(std::string_view text, size_t begin);

}  // namespace fovea::privacy
