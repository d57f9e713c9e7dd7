// Reads the arguments of an effect strictly: an unknown member is an error with a hint, a member has its type.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "record/effect.h"

namespace fovea::act {

// `arguments` is an object whose members are all among `known`. `kind` names the effect in errors.
Result<void> check_members(const Json& arguments, std::string_view kind, std::initializer_list<std::string_view> known);

Result<std::string> text_of(const Json& arguments, std::string_view name);  // must be there, not empty, no NUL
Result<std::string> line_of(const Json& arguments, std::string_view name);  // the same, and no control characters
Result<bool> truth_of(const Json& arguments, std::string_view name);        // absent: false
Result<Nanos> timeout_of(const Json& arguments);                            // member `timeout`; absent: kTimeoutDefault

// The key that another side knows an effect by: "FLOW/KEY" where that can stand in a header, else a digest of it.
std::string foreign_key(const record::Effect& effect);

record::Outcome done(Json detail);
record::Outcome again(std::string error, Nanos retry_after = Nanos(0));
record::Outcome failed(std::string error);
record::Outcome unknown(std::string error, Nanos retry_after = Nanos(0));

}  // namespace fovea::act
