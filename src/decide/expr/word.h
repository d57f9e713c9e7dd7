// The words that mean something of their own in an expression.
#pragma once

#include <optional>
#include <string_view>

#include "decide/expr/program.h"

namespace fovea::expr {

// `as`, `const` and the like may be members ("event.package") but not names of their own.
bool reserved(std::string_view name);
std::optional<Kind> type_name(std::string_view name);  // "int" as a value
std::optional<Op> macro_of(std::string_view name);     // "all"
Op relation_of(std::string_view sign);                 // "<=", "in"; kUnknown for others

}  // namespace fovea::expr
