#include "serve/registry/model_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>

#include "base/digest.h"
#include "base/file_error.h"
#include "base/files.h"
#include "base/json.h"
#include "serve/registry/folder_lock.h"
#include "serve/registry/limits.h"
#include "serve/registry/model_address.h"

namespace fovea::registry {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "/aliases.json";
constexpr Nanos kPatience = std::chrono::seconds(30);

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || text.starts_with('0'))
    return std::nullopt;
  return value;
}

Result<uint64_t> version_in(const Json& value, const std::string& where) {
  if (const auto* number = value.if_int64(); number && *number > 0) return static_cast<uint64_t>(*number);
  return fail(Code::kDataLoss, "a version is no number from 1", where, "mend the file, or set the alias anew");
}

Result<void> read_aliases(const Json& json, const std::string& where, ModelVersions& out) {
  const auto* aliases = member(json, "aliases").if_object();
  if (!aliases || aliases->size() > kAliasesMax) return fail(Code::kDataLoss, "has no list of aliases", where);
  for (const auto& each : *aliases) {
    Alias alias;
    FOVEA_TRY(alias.version, version_in(member(each.value(), "version"), where));
    if (const auto* before = member(each.value(), "before").if_array())
      for (const Json& value : *before) {
        FOVEA_TRY(const uint64_t version, version_in(value, where));
        alias.before.push_back(version);
      }
    if (!is_name(each.key())) return fail(Code::kDataLoss, "an alias is no name", where);
    out.aliases.emplace(each.key(), std::move(alias));
  }
  if (const auto* origins = member(json, "versions").if_object())
    for (const auto& each : *origins)
      if (const auto number = number_of(each.key()))
        out.origins[*number] = {std::string(text_or(member(each.value(), "address"), "")),
                                std::string(text_or(member(each.value(), "revision"), "")),
                                std::string(text_or(member(each.value(), "pulled"), ""))};
  return {};
}

Result<void> write_aliases(const std::string& folder, const ModelVersions& versions) {
  JsonObject aliases, origins;
  for (const auto& [name, alias] : versions.aliases)
    aliases[name] = JsonObject{{"version", static_cast<int64_t>(alias.version)},
                               {"before", JsonArray(alias.before.begin(), alias.before.end())}};
  for (const auto& [number, origin] : versions.origins)
    origins[std::to_string(number)] =
        JsonObject{{"address", origin.address}, {"revision", origin.revision}, {"pulled", origin.pulled}};
  RealFiles files;
  return files.write_atomic(folder + kFile,
                            to_text(JsonObject{{"aliases", std::move(aliases)}, {"versions", std::move(origins)}}));
}

Result<FolderLock> lock(const std::string& folder, Clock& clock) {
  return FolderLock::take(folder + "/.lock", kPatience, clock);
}

// Hard links, or copies where the file system has none between the two.
Result<void> link_or_copy(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) return std::unexpected(file_error("copy", from.string(), error.value()));
  return {};
}

Result<void> copy_model(const std::string& from, const std::string& to) {
  std::error_code error;
  size_t files = 0;
  fs::create_directories(to, error);
  for (fs::recursive_directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    const fs::path place = fs::path(to) / at->path().lexically_relative(from);
    if (at->is_directory()) {
      fs::create_directories(place, error);
    } else if (at->is_regular_file()) {
      if (++files > kFilesMax)
        return fail(Code::kResourceExhausted, fmt::format("more than {} files", kFilesMax), from, "is it a model?");
      FOVEA_OK(link_or_copy(at->path(), place));
    }
  }
  if (error) return std::unexpected(file_error("copy", from, error.value()));
  if (files == 0) return fail(Code::kNotFound, "no file of a model is there", from);
  return {};
}

}  // namespace

Result<ModelVersions> read_versions(const std::string& folder) {
  ModelVersions out;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_directory(error)) continue;
    if (const auto number = number_of(at->path().filename().string())) out.numbers.push_back(*number);
    if (out.numbers.size() > kVersionsMax)
      return fail(Code::kResourceExhausted, fmt::format("more than {} versions", kVersionsMax), folder,
                  "delete those that no alias points at");
  }
  if (error) return std::unexpected(file_error("list", folder, error.value()));
  std::ranges::sort(out.numbers);
  const std::string path = folder + kFile;
  if (out.numbers.empty() || !fs::exists(path, error)) return out;
  FOVEA_TRY(const std::string text, read_file(path, kRegistryFileBytesMax));
  FOVEA_TRY(const Json json, parse_json_file(text, path));
  FOVEA_OK(read_aliases(json, path, out));
  return out;
}

Result<VersionPlace> find_version(const std::string& folder, std::string_view version) {
  FOVEA_TRY(const ModelVersions versions, read_versions(folder));
  if (versions.numbers.empty()) {
    if (version.empty() || version == "1") return VersionPlace{"1", folder};
    return fail(Code::kNotFound, fmt::format("there is no version '{}'", version), folder, "it is one version, 1");
  }
  uint64_t number = versions.newest();
  const auto alias = versions.aliases.find(version.empty() ? kServingAlias : version);
  if (alias != versions.aliases.end()) {
    number = alias->second.version;
  } else if (!version.empty()) {
    number = number_of(version).value_or(0);
  }
  if (!std::ranges::binary_search(versions.numbers, number))
    return fail(Code::kNotFound, fmt::format("there is no version or alias '{}'", version), folder,
                fmt::format("versions {} to {}", versions.numbers.front(), versions.newest()));
  return VersionPlace{std::to_string(number), folder + "/" + std::to_string(number)};
}

Result<void> set_alias(const std::string& folder, const std::string& alias, uint64_t version, Clock& clock) {
  if (!is_name(alias) || number_of(alias))
    return fail(Code::kInvalidArgument, fmt::format("'{}' is no name for an alias", alias), folder,
                "letters, digits, '.', '_', '-'; not a number");
  std::error_code error;
  if (!fs::is_directory(folder, error)) return fail(Code::kNotFound, "there is no such model", folder);
  FOVEA_TRY(const FolderLock held, lock(folder, clock));
  FOVEA_TRY(ModelVersions versions, read_versions(folder));
  if (!std::ranges::binary_search(versions.numbers, version))
    return fail(Code::kNotFound, fmt::format("there is no version {}", version), folder);
  const auto [at, fresh] = versions.aliases.try_emplace(alias);
  if (fresh && versions.aliases.size() > kAliasesMax)
    return fail(Code::kResourceExhausted, fmt::format("more than {} aliases", kAliasesMax), folder);
  Alias& to = at->second;
  if (to.version == version) return {};
  if (to.version != 0) to.before.push_back(to.version);
  if (to.before.size() > kAliasHistoryMax) to.before.erase(to.before.begin());
  to.version = version;
  return write_aliases(folder, versions);
}

Result<uint64_t> roll_back(const std::string& folder, const std::string& alias, Clock& clock) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return fail(Code::kNotFound, "there is no such model", folder);
  FOVEA_TRY(const FolderLock held, lock(folder, clock));
  FOVEA_TRY(ModelVersions versions, read_versions(folder));
  const auto found = versions.aliases.find(alias);
  if (found == versions.aliases.end())
    return fail(Code::kNotFound, fmt::format("there is no alias '{}'", alias), folder, "fovea models alias sets one");
  Alias& to = found->second;
  while (!to.before.empty() && !std::ranges::binary_search(versions.numbers, to.before.back())) to.before.pop_back();
  if (to.before.empty())
    return fail(Code::kFailedPrecondition, fmt::format("'{}' pointed at nothing else before", alias), folder);
  to.version = to.before.back();
  to.before.pop_back();
  const uint64_t now = to.version;
  FOVEA_OK(write_aliases(folder, versions));
  return now;
}

Result<uint64_t> add_version(const std::string& folder, const std::string& from, const Origin& origin, Clock& clock) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return std::unexpected(file_error("make the folder", folder, error.value()));
  FOVEA_TRY(const FolderLock held, lock(folder, clock));
  FOVEA_TRY(ModelVersions versions, read_versions(folder));
  if (versions.numbers.empty() && fs::exists(folder + "/config.json", error))
    return fail(Code::kFailedPrecondition, "the folder is a model itself and has no numbered versions", folder,
                "move it to " + folder + "/1 first");
  const uint64_t number = versions.newest() + 1;
  const std::string made = folder + "/.new-" + to_hex(random_bytes(8)), place = folder + "/" + std::to_string(number);
  if (auto copied = copy_model(from, made); !copied) {
    fs::remove_all(made, error);
    return std::unexpected(copied.error());
  }
  if (::rename(made.c_str(), place.c_str()) != 0) return std::unexpected(file_error("rename", made, errno));
  versions.origins[number] = origin;
  FOVEA_OK(write_aliases(folder, versions));
  return number;
}

}  // namespace fovea::registry
