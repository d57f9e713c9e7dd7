// What a tokenizer.json splits at or replaces: a string, or a regular expression. The expressions of GPT-2, of the
// cl100k family (Llama 3, Qwen 2) and simple ones are matched by code of our own; others by ICU (stack and time are
// bounded; where a bound is met the rest of the text counts as not matching).
// Threads: any. Errors: kInvalidArgument where ICU cannot read the expression.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::tokenize {

// Bytes [begin, end) of the text.
struct Match {
  uint32_t begin = 0, end = 0;
};

class TextPattern {
 public:
  virtual ~TextPattern() = default;
  // Appends the matches, in order and apart from one another; empty ones as the reference's Oniguruma gives them.
  virtual void find(std::string_view text, std::vector<Match>& out) const = 0;

  static Result<std::shared_ptr<const TextPattern>> of_text(std::string_view text);
  static Result<std::shared_ptr<const TextPattern>> of_expression(std::string_view expression);
};

}  // namespace fovea::tokenize
