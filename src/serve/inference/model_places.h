// Where the versions of models lie: folders (NAME, or NAME/N with aliases), addresses of registries that are pulled
// into folders, and further versions of a model that are declared by a name of their own. Journey: ModelServer asks it
// which folder a name, version or alias means before it opens anything. Threads: any. Errors: those of serve/registry
// and of `pull`; kInvalidArgument of an address where nothing pulls.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::inference {

struct ModelPlace {
  std::string name;
  std::string folder;                         // or an address: hf://, mlflow://, s3://; "null": the null model
  std::map<std::string, std::string> more{};  // versions by name, each a folder or an address
  std::vector<std::string> background{};      // versions or aliases that run behind everything else: shadows
  std::vector<std::string> canaries{};        // that answer people; such a one may be a shadow, too
};

// A version that can be opened.
struct FoundVersion {
  std::string version;  // a number, or what the registry calls it
  std::string folder;   // or a file, of another kind than the engine's
  std::string kind{};   // of backend that was asked for; empty: whichever takes it
};

// Brings what an address means now into a folder.
using PullModel = std::function<Result<FoundVersion>(const std::string& address)>;

class ModelPlaces {
 public:
  ModelPlaces() = default;
  // `kinds`: of backends, which a place may begin with: KIND:PLACE.
  explicit ModelPlaces(PullModel pull, std::vector<std::string> kinds = {})
      : pull_(std::move(pull)), kinds_(std::move(kinds)) {}

  // `version`: a number, an alias, a name in `more`, or empty: the one that serves.
  Result<FoundVersion> find(const ModelPlace& place, std::string_view version) const;
  // The names that calls may use for versions: aliases of the folder, and those in `more`.
  Result<std::vector<std::string>> aliases(const ModelPlace& place) const;

 private:
  Result<FoundVersion> at(const std::string& where, std::string_view version) const;
  Result<FoundVersion> at_place(const std::string& where, std::string_view version) const;
  std::string_view kind_of(std::string_view where) const;  // empty: none
  PullModel pull_;
  std::vector<std::string> kinds_;
};

}  // namespace fovea::inference
