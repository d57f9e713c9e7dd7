// Token ids back to text, where a tokenizer can: ask one by dynamic_cast<const TextDecoder*>(tokenizer).
// Threads: any. Errors: kUnimplemented (a decoder that is not supported), kInvalidArgument (a malformed one),
// kOutOfRange (a text of more than kTextBytesMax).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"

namespace fovea::tokenize {

class TextDecoder {
 public:
  virtual ~TextDecoder() = default;
  // As the reference's decode(): ids that no token has are left out, special tokens where it is asked for. UTF-8.
  virtual Result<std::string> decode(std::span<const int32_t> ids, bool skip_special) const = 0;
};

}  // namespace fovea::tokenize
