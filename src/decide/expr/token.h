// The words of an expression.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::expr {

struct Token {
  enum class Kind : uint8_t { kEnd, kName, kQuotedName, kInt, kUint, kDouble, kString, kBytes, kSign };
  Kind kind = Kind::kEnd;
  uint32_t at = 0;          // byte
  std::string_view source;  // as written; kSign: the sign itself
  std::string text;         // kString, kBytes, kQuotedName: what it means
  uint64_t whole = 0;       // kInt, kUint: the magnitude
  double number = 0;        // kDouble
};

// Errors: kInvalidArgument, `where` as place_in() writes it. `text` must outlive the tokens.
Result<std::vector<Token>> tokens_of(std::string_view text);

// "column 7", or "line 2, column 7" where the text has several lines; columns count code points.
std::string place_in(std::string_view text, size_t at);

}  // namespace fovea::expr
