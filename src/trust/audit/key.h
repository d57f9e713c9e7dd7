// The key of a log on disk: AUDIT/key (0600) and AUDIT/key.pub, made on first use.
// Goes to the file system by itself, not through Files: a secret needs its mode from its first byte on.
#pragma once

#include <string>

#include "trust/audit/note.h"

namespace fovea::audit {

// Opens the key of the log in `dir`, or makes one named `name` where there is none. A key.pub that is missing is
// written again; one that does not belong to the key is an error (kDataLoss).
Result<SigningKey> open_or_make_key(const std::string& dir, const std::string& name);

}  // namespace fovea::audit
