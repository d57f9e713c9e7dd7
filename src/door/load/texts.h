// What requests say: lines of a file, or texts made to a number of tokens from words that every BERT's vocabulary has
// whole (so that a word is a token, and a model adds two of its own: [CLS] and [SEP]).
// Errors: kNotFound; kInvalidArgument with "FILE:LINE"; kResourceExhausted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace fovea::load {

std::string made_text(uint32_t tokens, Random& random);  // tokens - 2 words, at least one

Result<std::vector<uint32_t>> read_lengths(const std::string& path);   // a token count a line; not empty
Result<std::vector<std::string>> read_texts(const std::string& path);  // a text a line, UTF-8; empty ones are skipped

}  // namespace fovea::load
