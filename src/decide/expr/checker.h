// Types, constants and costs: completes a parsed program, or says what is wrong with it.
#pragma once

#include "base/error.h"
#include "decide/expr/program.h"

namespace fovea::expr {

// Errors: kInvalidArgument with place and hint; kResourceExhausted where the estimated cost is past the limit.
Result<void> check_program(Program& program, const Environment& environment);

}  // namespace fovea::expr
