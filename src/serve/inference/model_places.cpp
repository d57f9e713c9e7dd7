#include "serve/inference/model_places.h"

#include <fmt/format.h>

#include <filesystem>

#include "serve/registry/model_address.h"
#include "serve/registry/model_folder.h"

namespace fovea::inference {

std::string_view ModelPlaces::kind_of(std::string_view where) const {
  for (const std::string& kind : kinds_)
    if (where.starts_with(kind + ":")) return kind;
  return {};
}

Result<FoundVersion> ModelPlaces::at(const std::string& where, std::string_view version) const {
  const std::string_view kind = kind_of(where);
  if (kind.empty()) return at_place(where, version);
  FOVEA_TRY(FoundVersion found, at_place(where.substr(kind.size() + 1), version));
  found.kind = kind;
  return found;
}

Result<FoundVersion> ModelPlaces::at_place(const std::string& where, std::string_view version) const {
  std::error_code error;
  if (where == "null" || (!registry::is_remote(where) && !std::filesystem::is_directory(where, error))) {
    if (version.empty() || version == "1") return FoundVersion{"1", where};  // of another kind than the engine's
    return fail(Code::kNotFound, fmt::format("there is no version '{}'", version), where, "it is one version, 1");
  }
  if (!registry::is_remote(where)) {
    FOVEA_TRY(registry::VersionPlace place, registry::find_version(where, version));
    return FoundVersion{std::move(place.version), std::move(place.folder)};
  }
  if (!pull_)
    return fail(Code::kInvalidArgument, "is the address of a registry; nothing here pulls", where, "give a folder");
  FOVEA_TRY(FoundVersion found, pull_(where));
  if (!version.empty() && version != found.version)
    return fail(Code::kNotFound, fmt::format("the address means version {}, not '{}'", found.version, version), where,
                "declare that version by an address of its own");
  return found;
}

Result<FoundVersion> ModelPlaces::find(const ModelPlace& place, std::string_view version) const {
  if (const auto named = place.more.find(std::string(version)); named != place.more.end()) {
    FOVEA_TRY(FoundVersion found, at(named->second, ""));
    // "1" of another folder is not the "1" of this one.
    if (!registry::is_remote(named->second)) found.version = named->first;
    return found;
  }
  return at(place.folder, version);
}

Result<std::vector<std::string>> ModelPlaces::aliases(const ModelPlace& place) const {
  std::vector<std::string> out;
  for (const auto& [name, where] : place.more) out.push_back(name);
  std::error_code error;
  const std::string_view kind = kind_of(place.folder);
  const std::string folder = place.folder.substr(kind.empty() ? 0 : kind.size() + 1);
  if (registry::is_remote(folder) || !std::filesystem::is_directory(folder, error)) return out;
  FOVEA_TRY(const registry::ModelVersions versions, registry::read_versions(folder));
  for (const auto& [name, alias] : versions.aliases)
    if (!place.more.contains(name)) out.push_back(name);
  return out;
}

}  // namespace fovea::inference
