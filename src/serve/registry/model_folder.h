// A model's versions in a folder: NAME/1, NAME/2, ..., and the names that point at them, in NAME/aliases.json:
//   {"aliases": {"prod": {"version": 2, "before": [1]}}, "versions": {"2": {"address": "hf://...", ...}}}
// `before` is what rollback goes back to, the latest last. The file is replaced as a whole; changes of two processes
// follow one another. A folder without numbered ones is one version, "1", and has no aliases.
// Threads: any. Errors: kNotFound (folder, version, alias), kInvalidArgument (a name), kFailedPrecondition (nothing to
// go back to), kDataLoss (the file is none), kAlreadyExists; those of files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fovea::registry {

struct Alias {
  uint64_t version = 0;
  std::vector<uint64_t> before;  // kAliasHistoryMax at most
};

struct Origin {
  std::string address, revision, pulled;  // pulled: RFC 3339
};

struct ModelVersions {
  std::vector<uint64_t> numbers;  // that have a folder, ascending; empty: the folder is the model
  std::map<std::string, Alias, std::less<>> aliases;
  std::map<uint64_t, Origin> origins;

  uint64_t newest() const { return numbers.empty() ? 0 : numbers.back(); }
};

constexpr std::string_view kServingAlias = "prod";  // that a call means which names no version; else the newest

Result<ModelVersions> read_versions(const std::string& folder);

// A version's folder and number, by number, alias or (empty) the one that serves.
struct VersionPlace {
  std::string version, folder;
};
Result<VersionPlace> find_version(const std::string& folder, std::string_view version);

Result<void> set_alias(const std::string& folder, const std::string& alias, uint64_t version, Clock& clock);
Result<uint64_t> roll_back(const std::string& folder, const std::string& alias, Clock& clock);  // the version now

// Makes the next version of what lies in `from`: hard links where they can be, else copies. The number it got.
Result<uint64_t> add_version(const std::string& folder, const std::string& from, const Origin& origin, Clock& clock);

}  // namespace fovea::registry
