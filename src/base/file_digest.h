// SHA-256 of a file, read piece by piece: however large it is, it costs a mebibyte of memory.
// Errors: those of opening and reading it; `where` is the path.
#pragma once

#include <string>

#include "base/digest.h"
#include "base/error.h"

namespace fovea {

Result<Digest> sha256_of_file(const std::string& path);

}  // namespace fovea
