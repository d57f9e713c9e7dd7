// The folder in which a flow's state lives: STATE/fovea.db, STATE/audit, STATE/secret.
#pragma once

#include <string>

#include "base/error.h"

namespace fovea::assemble {

// `given` (--state), else FOVEA_STATE, else `.fovea` beside the flow, else `.fovea` here when no flow is named.
std::string state_dir(const std::string& given, const std::string& flow_path);

// The folder's 32 secret bytes, made on first use (mode 0600).
Result<std::string> open_or_make_secret(const std::string& dir);

}  // namespace fovea::assemble
