// Text in whatever bytes it came, as UTF-8: by its label, where that can be true, else by what the bytes look like.
// Labels lie: GB2312 is decoded as GB18030, ISO-8859-1 as Windows-1252, and a text that is UTF-8 or GB18030 under
// another label is decoded as what it is.
#pragma once

#include <string>
#include <string_view>

namespace fovea::connectors {

struct Decoded {
  std::string text;       // UTF-8, valid
  bool repaired = false;  // the label was missing or wrong for these bytes, or some bytes could not be decoded
};

Decoded to_utf8(std::string_view bytes, std::string_view label);

// Header values and names as people read them: unfolded, RFC 2047 words and raw bytes decoded.
std::string decode_header(std::string_view raw);

bool plausible_gb18030(std::string_view bytes);  // mostly common Chinese characters

}  // namespace fovea::connectors
