#include "serve/registry/cache_upkeep.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <set>

#include "base/file_error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/time_text.h"
#include "serve/registry/folder_lock.h"
#include "serve/registry/limits.h"
#include "serve/registry/model_address.h"

namespace fovea::registry {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kSnapshots = "/snapshots/", kRefs = "/refs/", kBlobs = "/blobs", kPartial = "/partial";

// Of a folder that may not be there yet.
std::vector<std::string> names_in(const std::string& folder) {
  return RealFiles().list(folder).value_or(std::vector<std::string>());
}

uint64_t bytes_below(const std::string& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code unread;
    if (const auto size = at->is_regular_file(unread) ? at->file_size(unread) : 0; !unread) bytes += size;
  }
  return bytes;
}

std::optional<TimePoint> changed(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return TimePoint{info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

// A model and the names under which it stands in the cache.
struct Entry {
  CachedModel model;
  std::string snapshot, ref;  // ref: empty of a replaced one
};

Result<std::vector<Entry>> entries_of(const std::string& folder) {
  std::vector<Entry> out;
  std::set<std::string> meant;
  for (const std::string& name : names_in(folder + std::string(kRefs))) {
    const std::string path = folder + std::string(kRefs) + name;
    FOVEA_TRY(const std::string text, read_file(path, kRegistryFileBytesMax));
    const auto json = parse_json(text);
    if (!json) continue;  // a half-known address means nothing: its model counts as replaced
    const std::string snapshot(text_or(member(*json, "snapshot"), ""));
    Entry entry{
        {std::string(text_or(member(*json, "address"), "")), std::string(text_or(member(*json, "revision"), "")),
         folder + std::string(kSnapshots) + snapshot, 0, changed(path).value_or(TimePoint{})},
        snapshot,
        name};
    if (!is_name(snapshot) || entry.model.address.empty()) continue;
    entry.model.bytes = bytes_below(entry.model.folder);
    meant.insert(snapshot);
    out.push_back(std::move(entry));
  }
  for (const std::string& name : names_in(folder + std::string(kSnapshots))) {
    const std::string path = folder + std::string(kSnapshots) + name;
    if (meant.contains(name) || !fs::is_directory(path)) continue;
    Entry entry{{"", "", path, bytes_below(path), changed(path).value_or(TimePoint{})}, name, ""};
    if (const auto text = read_file(path + ".json", kRegistryFileBytesMax))
      if (const auto json = parse_json(*text)) entry.model.revision = text_or(member(*json, "revision"), "");
    out.push_back(std::move(entry));
  }
  std::ranges::sort(out, {}, [](const Entry& each) { return std::pair(each.model.address, each.snapshot); });
  return out;
}

Result<void> remove_all(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return std::unexpected(file_error("remove", path, error.value()));
  return {};
}

// Files that no model has any more, and what interrupted pulls left.
Result<uint64_t> remove_loose(const std::string& folder) {
  uint64_t freed = 0;
  for (const std::string& name : names_in(folder + std::string(kBlobs))) {
    const std::string path = folder + std::string(kBlobs) + "/" + name;
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0 || info.st_nlink > 1) continue;
    FOVEA_OK(remove_all(path));
    freed += static_cast<uint64_t>(info.st_size);
  }
  freed += bytes_below(folder + std::string(kPartial));
  FOVEA_OK(remove_all(folder + std::string(kPartial)));
  return freed;
}

// What the wishes name; an address that is not there is an error before anything goes.
Result<std::vector<Entry>> chosen_of(std::vector<Entry> entries, const PruneWishes& wishes, TimePoint now) {
  for (const std::string& address : wishes.addresses)
    if (std::ranges::none_of(entries, [&](const Entry& each) { return each.model.address == address; }))
      return fail(Code::kNotFound, "was never pulled into this cache", address, "`fovea models cache` lists what was");
  std::erase_if(entries, [&](const Entry& each) {
    const bool named = std::ranges::count(wishes.addresses, each.model.address) > 0;
    const bool old = wishes.unused_for && each.model.asked + *wishes.unused_for <= now;
    return !each.ref.empty() && !named && !old;
  });
  return entries;
}

}  // namespace

std::string upkeep_lock(const std::string& folder) {
  return folder + "/locks/upkeep";
}

Result<std::vector<CachedModel>> cached_models(const std::string& folder) {
  FOVEA_TRY(const std::vector<Entry> entries, entries_of(folder));
  std::vector<CachedModel> out;
  for (const Entry& each : entries) out.push_back(each.model);
  return out;
}

Result<Pruned> prune_cache(const std::string& folder, const PruneWishes& wishes, Clock& clock) {
  Pruned out;
  if (wishes.addresses.empty() && !fs::exists(folder)) return out;
  FOVEA_TRY(const FolderLock lock, FolderLock::take(upkeep_lock(folder), kPrunePatience, clock));
  FOVEA_TRY(std::vector<Entry> entries, entries_of(folder));
  std::map<std::string, int> meanings;  // an address may mean what another means
  for (const Entry& each : entries) meanings[each.snapshot] += !each.ref.empty();
  FOVEA_TRY(const std::vector<Entry> chosen, chosen_of(std::move(entries), wishes, clock.now()));
  for (const Entry& each : chosen) {
    out.models.push_back(each.model);
    const bool last = each.ref.empty() || --meanings[each.snapshot] == 0;
    if (wishes.only_say) {
      if (last) out.bytes += each.model.bytes;
      continue;
    }
    // The meaning first: whoever comes between finds nothing rather than half a model.
    if (!each.ref.empty()) FOVEA_OK(remove_all(folder + std::string(kRefs) + each.ref));
    if (!last) continue;
    FOVEA_OK(remove_all(each.model.folder));
    FOVEA_OK(remove_all(each.model.folder + ".json"));
  }
  if (wishes.only_say) return out;
  FOVEA_TRY(out.bytes, remove_loose(folder));
  return out;
}

}  // namespace fovea::registry
