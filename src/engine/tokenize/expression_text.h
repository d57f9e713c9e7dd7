// A regular expression as the reference's Oniguruma reads it (Unicode 16), in ICU's words (ICU 72 knows Unicode 15):
// \p{L}, \p{N}, \p{M}, \p{P}, \p{S}, \p{Lu}, \p{Ll}, \p{Lm}, \p{Lo}, \p{Nd}, \p{Han}, \d and \w gain what came later.
#pragma once

#include <string>
#include <string_view>

namespace fovea::tokenize {

std::string expression_for_icu(std::string_view expression);

}  // namespace fovea::tokenize
