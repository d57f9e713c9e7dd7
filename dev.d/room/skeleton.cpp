#include "@ROOM@/@NAME@.h"

namespace fovea::@NAME@ {

Result<@NOUN@> make_@NAME@(std::string_view name) {
  if (name.empty()) return fail(Code::kInvalidArgument, "the name is empty", "name", "give it one");
  return @NOUN@{std::string(name)};
}

}  // namespace fovea::@NAME@
