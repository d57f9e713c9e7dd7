// Phone numbers as people write them: Chinese mobiles (+86) and landlines, numbers in international form, North
// American 3-3-4, British and European numbers with a leading 0; anything of 7 to 15 digits right after a word such as
// "tel" or "电话". A number right after a word such as "order" or "单号" is none.
#pragma once

#include "trust/privacy/digits.h"

namespace fovea::privacy {

// How many groups from `first` on make a phone number; 0 for none.
size_t phone_at(const Chain& chain, size_t first, Span& span);

}  // namespace fovea::privacy
