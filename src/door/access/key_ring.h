// The keys that callers may have, as a file names them: by reference, never the key itself.
//
//   keys:
//     - name: reporting
//       key: { env: REPORTING_KEY }          # or { file: PATH }, or { sha256: HEX } of the key
//       certificate: dns:reporting.example   # of the client, beside or instead of a key
//       role: caller                         # viewer, caller, operator, approver, admin
//       tenant: acme                         # default: the name
//       priority: batch                      # interactive, standard, batch: what its requests have at best
//       models: [intents, "embed-*"]         # and flows; default: all
//       quota: { requests_per_minute: 600, tokens_per_minute: 100000, at_once: 16 }
//
// Errors: kInvalidArgument, kNotFound, kResourceExhausted, with FILE:LINE:COLUMN and a hint; no error holds a key.
// Threads: values.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/files.h"
#include "door/access/quota.h"
#include "door/access/right.h"
#include "serve/schedule/priority.h"

namespace fovea::access {

struct KeyEntry {
  std::string name;
  std::optional<Digest> digest;  // SHA-256 of the key; none: a certificate alone
  std::string certificate;       // "dns:NAME", "uri:...", "email:...", "cn:..."; empty: none is needed
  Role role = Role::kViewer;
  std::string tenant;
  schedule::Priority priority = schedule::Priority::kStandard;
  schedule::Priority priority_best = schedule::Priority::kInteractive;  // as `priority`, where that is given
  std::shared_ptr<const std::vector<std::string>> models;               // null: all
  QuotaLimits quota;
};

struct KeyRing {
  std::vector<KeyEntry> entries;
  std::vector<std::string> files;  // that it was read from
};

using Variable = std::function<std::optional<std::string>(const std::string& name)>;
Variable process_environment();

Result<KeyRing> read_keys(Files& files, const std::string& path, const Variable& variable);

// One key that may do everything, named `name`.
KeyRing admin_ring(std::string name, std::string_view key);

}  // namespace fovea::access
