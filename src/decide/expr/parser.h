// Text to tree (cel-spec's langdef.md, "Syntax"). No protobuf messages, no optional syntax.
#pragma once

#include <string_view>

#include "base/error.h"
#include "decide/expr/program.h"

namespace fovea::expr {

// Errors: kInvalidArgument with the place, kResourceExhausted past a limit.
Result<Program> parse_program(std::string_view text);

}  // namespace fovea::expr
