// One form for what looks the same: Unicode NFKC, and the tricks by which a text hides words from a filter undone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace fovea::clean {

// What was found and undone, counted in characters (homoglyphs: words).
struct Tricks {
  uint32_t zero_width = 0;           // U+200B..200D, 2060, FEFF, 00AD, 034F, 180E, and tag characters
  uint32_t bidi = 0;                 // embeddings, overrides, isolates, marks
  uint32_t variation_selectors = 0;  // beyond the one that an emoji may carry
  uint32_t control = 0;              // C0 and C1 except tab and line ends
  uint32_t homoglyphs = 0;           // words that mix Latin with Cyrillic or Greek look-alikes
  uint32_t hidden_html = 0;          // elements with text that a reader cannot see

  uint32_t total() const { return zero_width + bidi + variation_selectors + control + homoglyphs + hidden_html; }
};
Json to_json(const Tricks& tricks);  // found ones only

// NFKC, tricks undone, CR LF to LF, runs of blanks to one, blank lines at most one, ends trimmed. Broken UTF-8 becomes
// U+FFFD.
std::string normalise(std::string_view text, Tricks& tricks);

}  // namespace fovea::clean
