// Draws a text with a shade behind each piece by how much the attention model looked at it: a focus map, not a reason.
// Colours: a background in 24-bit or 256 colours. Without colour: brackets around the pieces that got most of the
// weight, and a bar ▁▂▃▄▅▆▇█ behind each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "trust/explain/explain.h"

namespace fovea::explain {

// Lines of at most `options.width` columns behind `indent` spaces; control characters of the text are made harmless.
std::string focus_map(std::string_view text, std::span<const record::Focus> focus, const Options& options,
                      size_t indent);

// The words that got most of the weight, best first, at most `count`, each whole.
std::vector<std::string> focus_words(std::string_view text, std::span<const record::Focus> focus, size_t count);

}  // namespace fovea::explain
