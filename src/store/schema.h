// The tables and their versions. A migration is a step from one version to the next; it is never edited once released.
#pragma once

#include "base/error.h"
#include "store/sqlite.h"

namespace fovea::store {

constexpr int64_t kSchemaVersion = 1;

// Brings the file to kSchemaVersion in one transaction. Errors: kFailedPrecondition if it is newer than this program.
Result<void> migrate(Database& db);

}  // namespace fovea::store
