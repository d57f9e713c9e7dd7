// The text of token ids, by a model's tokenizer.
// Errors: kInvalidArgument (the model has no tokenizer, too many ids), kUnimplemented (its tokenizer writes no texts).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "serve/inference/inference.h"

namespace fovea::wire {

Result<std::string> decoded_text(const inference::Model& model, std::span<const int32_t> ids, bool skip_special);

}  // namespace fovea::wire
