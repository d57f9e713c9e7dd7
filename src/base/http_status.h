// The HTTP status of each code, as google/rpc/code.proto names it.
#pragma once

#include "base/error.h"

namespace fovea {

int http_status(Code code);

}  // namespace fovea
