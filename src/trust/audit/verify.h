// Verifies the log of a state folder: every entry against its tile, every tile against the root, the root against the
// signed checkpoint, the key files against each other, and each entry against the store through a callback.
// Trusts nothing but AUDIT/key.pub, or the key that is given.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "trust/audit/note.h"

namespace fovea::audit {

// Called for each entry in order; an error says what is wrong with the store's row. Empty: the store is not asked.
using RowCheck = std::function<Result<void>(uint64_t index, std::string_view leaf)>;

struct Verified {
  uint64_t entries = 0;  // as the checkpoint says
  std::string root;      // base64
  bool ok = false;
  std::string first_bad;  // "entry 17: ...", "tile/0/000: ...", "checkpoint: ..."; empty if ok
};

// `trusted` is used in place of AUDIT/key.pub where it is not null.
// A fault of the log is an answer (`ok` false); errors are only those of looking: no log there (kNotFound), no
// permission.
Result<Verified> verify_log(Files& files, const std::string& dir, const RowCheck& rows = {},
                            const VerifyKey* trusted = nullptr);

}  // namespace fovea::audit
