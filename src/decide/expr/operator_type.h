// Which kinds an operator takes, and what it gives: CEL's overloads of signs.
#pragma once

#include <optional>
#include <string_view>

#include "decide/expr/program.h"

namespace fovea::expr {

std::string_view sign_of(Op op);  // "<="

bool ordered(const Type& type);                 // has <
bool comparable(const Type& a, const Type& b);  // may be equal: of one kind, both numbers, or one not known
// Of + - * / %; nothing where there is no such overload.
std::optional<Type> arithmetic_type(Op op, const Type& a, const Type& b);

}  // namespace fovea::expr
