// A text's tokens as TEI shows them: [{"id","text","special","start","stop"},...], start and stop in bytes.
#pragma once

#include <string>
#include <string_view>

#include "engine/tokenize/tokenizer.h"

namespace fovea::wire {

// `special`: with the tokens that stand for no text; these have null for start and stop.
std::string tokens_text(const tokenize::Tokenizer& tokenizer, std::string_view text, bool special);

}  // namespace fovea::wire
