// A text's tokens as clients are shown them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenize/tokenizer.h"

namespace fovea::wire {

struct TextToken {
  int32_t id = 0;
  std::string text;      // the bytes that it stands for, as UTF-8; of one that stands around texts its name, or ""
  bool special = false;  // stands around texts; `span` is {0, 0} then
  tokenize::TokenSpan span;
};

// `special`: with the tokens that stand for no text.
std::vector<TextToken> text_tokens(const tokenize::Tokenizer& tokenizer, std::string_view text, bool special);

}  // namespace fovea::wire
