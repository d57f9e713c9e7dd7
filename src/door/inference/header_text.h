// Text of HTTP headers and targets: names in any case, blanks around values, percent escapes, whole numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "door/http/request.h"

namespace fovea::wire {

bool same_text(std::string_view a, std::string_view b);  // ASCII letters in any case
std::string_view trimmed(std::string_view text);         // without blanks and tabs at its ends
// The first such header's value; empty: none.
std::string_view header_of(const http::Headers& headers, std::string_view name);
// A whole number in decimal digits and nothing else; nullopt: not one, or past 2^63 - 1.
std::optional<int64_t> whole_number(std::string_view text);
// %XX made bytes; nullopt: a broken escape.
std::optional<std::string> without_escapes(std::string_view text);

}  // namespace fovea::wire
