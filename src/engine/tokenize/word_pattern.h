// The regular expressions that byte-level tokenizers split words with, matched by hand: GPT-2's
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// and that of the cl100k family, whose numbers have at most `digits` digits.
//   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
// Each covers the whole text. Threads: any.
#pragma once

#include <string_view>
#include <vector>

#include "engine/tokenize/code_points.h"
#include "engine/tokenize/text_pattern.h"

namespace fovea::tokenize {

// Appends the words of text[begin, end).
void find_gpt2_words(const CodePoints& points, std::string_view text, size_t begin, size_t end,
                     std::vector<Match>& out);
void find_cl100k_words(const CodePoints& points, size_t digits, std::string_view text, std::vector<Match>& out);

}  // namespace fovea::tokenize
