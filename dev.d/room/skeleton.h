// @NOUN@: one sentence on what it is.
// Journey: after what, before what.
// Borrows nothing; values only. Threads: any.
// Errors: kInvalidArgument for a name that is empty.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::@NAME@ {

struct @NOUN@ {
  std::string name;
};

Result<@NOUN@> make_@NAME@(std::string_view name);

}  // namespace fovea::@NAME@
