// A multipart message whose parts cannot be found, because its boundary is another than it says.
#pragma once

#include <string>
#include <string_view>

namespace fovea::connectors {

// The message's body under the boundary that it really has (a line "--X" before a "Content-..." line), or as plain text
// where it has none; only the headers that this takes. `subtype`: of multipart. "" where the body is blank.
std::string repaired_message(std::string_view bytes, std::string_view subtype);

}  // namespace fovea::connectors
