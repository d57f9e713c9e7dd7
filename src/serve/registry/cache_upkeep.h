// What a cache of models (model_cache.h) holds, and taking out of it what is no longer wanted.
// A server that has a model open keeps it: what is unlinked stays readable for who holds it. Pulls and prunes exclude
// one another, in one process or several.
// Errors: kUnavailable (a pull is under way), kNotFound (an address that was never pulled), those of files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fovea::registry {

struct CachedModel {
  std::string address;  // that means it; empty: none does any more, it was replaced
  std::string revision;
  std::string folder;
  uint64_t bytes = 0;  // of its files; models may share them
  TimePoint asked;     // when it was last pulled, or found here; of a replaced one when it was pulled
};

// Sorted by address, replaced ones first. A cache that was never used is empty.
Result<std::vector<CachedModel>> cached_models(const std::string& folder);

struct PruneWishes {
  std::vector<std::string> addresses;  // these
  std::optional<Nanos> unused_for;     // and those not asked for since; replaced ones go in any case
  bool only_say = false;               // what would go
};

struct Pruned {
  std::vector<CachedModel> models;
  uint64_t bytes = 0;  // of disk that came free; with only_say: of these models' files
};

Result<Pruned> prune_cache(const std::string& folder, const PruneWishes& wishes, Clock& clock);

// The lock that a pull shares and a prune has alone: its path.
std::string upkeep_lock(const std::string& folder);

}  // namespace fovea::registry
