// Models of registries, pulled once and kept: files by their SHA-256, models as folders of hard links to them.
// Layout: blobs/HEX, snapshots/KEY/ (a model's files) with KEY.json (where it is from), refs/KEY.json (what an address
// last meant, written at each pull), partial/KEY/N (what has come so far), locks/KEY. A folder under snapshots/ is
// whole: it is renamed into place when all of its files are synced. A pull that is interrupted goes on where it was;
// two of one address at once, in one process or two, do the work once. Where a registry is out of reach, what its
// address last meant serves (`stale`); an address that names a commit needs no registry once it was pulled.
// cache_upkeep.h lists a cache and prunes it.
// Threads: any. Errors: those of listings and downloads; kResourceExhausted (disk, asked before the first byte).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "serve/fetch/http_fetch.h"
#include "serve/registry/listing.h"
#include "serve/registry/model_address.h"

namespace fovea::registry {

struct Pulled {
  std::string folder;    // of the model; read only
  std::string revision;  // Listing::revision
  std::string version;   // Listing::version
  uint64_t bytes_fetched = 0;
  bool stale = false;  // the registry could not be asked: `why` says so
  std::string why = {};
};

struct PullProgress {
  uint64_t bytes = 0, bytes_total = 0;
  std::string file;
};
using OnProgress = std::function<bool(const PullProgress& progress)>;  // false: give up

class ModelCache {
 public:
  // `folder` is made when something is pulled. Borrows all three.
  ModelCache(std::string folder, fetch::HttpFetch& http, Variable variable, Clock& clock);

  Result<Pulled> pull(const ModelAddress& address, const OnProgress& progress = {});
  const std::string& folder() const { return folder_; }

 private:
  Result<Pulled> pull_locked(const ModelAddress& address, const OnProgress& progress);
  Result<uint64_t> fetch_files(const ModelAddress& address, const Listing& listing, const std::string& key,
                               const OnProgress& progress, std::vector<std::string>& digests);
  Result<void> make_snapshot(const ModelAddress& address, const Listing& listing, const std::string& key,
                             const std::vector<std::string>& digests);
  Result<Pulled> remember(const ModelAddress& address, const Pulled& pulled, const std::string& key) const;
  Result<Pulled> last_meaning(const ModelAddress& address, const Error& why) const;

  const std::string folder_;
  fetch::HttpFetch& http_;
  const Variable variable_;
  Clock& clock_;
};

// FOVEA_CACHE, or fovea below XDG_CACHE_HOME or ~/.cache; its folder "models".
std::string default_cache_folder(const Variable& variable);

}  // namespace fovea::registry
