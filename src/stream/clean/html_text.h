// The text that a reader of an HTML mail sees.
// Block elements break lines, table cells are parted by a blank, lists get "- ", block quotes get "> ", a link keeps
// its text and, where it differs, its address in <...>. Scripts, styles, comments and what is hidden (display:none,
// hidden, font-size:0, text in the colour of its background) are left out, the hidden counted. Limits: 4 MiB of HTML
// (the rest is not read), depth 256 (deeper elements are flattened).
#pragma once

#include <string>
#include <string_view>

#include "stream/clean/normalise.h"

namespace fovea::clean {

std::string html_to_text(std::string_view html, Tricks& tricks);
bool looks_like_html(std::string_view text);  // <!doctype html, <html, <body, or several well-known tags

}  // namespace fovea::clean
