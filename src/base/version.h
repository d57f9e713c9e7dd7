// The version of fovea, as `fovea --version` says it and as the files that it writes keep it.
#pragma once

#include <string_view>

namespace fovea {

constexpr std::string_view kFoveaVersion = "0.1.0";

}  // namespace fovea
