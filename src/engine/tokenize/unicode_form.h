// The four Unicode normal forms (UAX 15) as of Unicode 9, with origins: equal to the reference's, which uses the crate
// unicode-normalization-alignments 0.1.12.
// Threads: any.
#pragma once

#include <vector>

#include "engine/tokenize/aligned_text.h"
#include "engine/tokenize/code_points.h"

namespace fovea::tokenize {

enum class UnicodeForm { kNfc, kNfd, kNfkc, kNfkd };

// Memory that is kept between calls.
struct FormScratch {
  struct Part {
    char32_t c = 0;
    uint8_t combining = 0;
    int64_t change = 0;
  };
  std::vector<Part> parts, composed, waiting;
};

// False where `in` is in that form already; `out` is then left as it was.
bool apply_form(UnicodeForm form, const CodePoints& points, const AlignedText& in, uint32_t origin,
                FormScratch& scratch, AlignedText& out);

}  // namespace fovea::tokenize
