// Chinese resident ids (GB 11643-1999): region, date of birth, serial, check character (0..9, X).
#pragma once

#include "trust/privacy/digits.h"

namespace fovea::privacy {

bool is_resident_id(std::string_view id);  // 18 characters; province, date from 1900 to 2099 and check character hold

// How many groups from `first` on make a resident id (with its X, also full-width); 0 for none.
size_t resident_id_at(const Chain& chain, size_t first, Span& span);

}  // namespace fovea::privacy
