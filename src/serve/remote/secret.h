// Secrets by reference: "${NAME}" from the environment, "${file:PATH}" from a file (one trailing newline is dropped).
// Read when they are needed, so that a key that is changed is taken without a restart; never stored, logged or shown.
// Errors: kNotFound, kInvalidArgument; they name the reference, never a value.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::remote {

bool is_secret_reference(std::string_view text);
// `folder` is what a relative PATH is relative to.
Result<std::string> secret_value(std::string_view reference, const std::string& folder);

}  // namespace fovea::remote
