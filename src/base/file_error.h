// What the system says of a file, as an Error: "cannot open: No such file or directory".
#pragma once

#include <string>

#include "base/error.h"

namespace fovea {

// `error`: of errno. `where` is the path.
Error file_error(const char* doing, const std::string& path, int error);

}  // namespace fovea
