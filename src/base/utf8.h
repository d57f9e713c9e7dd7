// UTF-8 (RFC 3629): decoding that never fails and checking that does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fovea {

constexpr char32_t kReplacement = 0xFFFD;

// Decodes the code point at `at` (< text.size()) and moves `at` past it. A malformed byte gives U+FFFD and moves by the
// maximal subpart (Unicode 15, 3.9), at least one.
char32_t next_code_point(std::string_view text, size_t& at);
void append_utf8(char32_t code_point, std::string& out);
bool is_utf8(std::string_view text);
size_t utf8_error_at(std::string_view text);     // the first bad byte; text.size() where there is none
std::string repair_utf8(std::string_view text);  // malformed parts become U+FFFD

// Han ideographs, all planes, and the CJK compatibility blocks: what tokenizers and counters call Chinese characters.
bool is_cjk(char32_t code_point);

// Columns that a terminal gives the text (wide characters 2, combining 0).
size_t display_width(std::string_view text);

}  // namespace fovea
