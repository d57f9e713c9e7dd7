#include "serve/registry/model_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "base/digest.h"
#include "base/file_error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/time_text.h"
#include "serve/registry/cache_upkeep.h"
#include "serve/registry/download.h"
#include "serve/registry/folder_lock.h"
#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

namespace fs = std::filesystem;

std::string key_of(std::string_view text) {
  return to_hex(bytes_of(sha256(text))).substr(0, 32);
}

std::string snapshot_key(const ModelAddress& address, const std::string& revision) {
  return key_of(fmt::format("{}\n{}\n{}", static_cast<int>(address.kind), address.name, revision));
}

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return std::unexpected(file_error("make the folder", path, error.value()));
  return {};
}

Result<void> sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) return std::unexpected(file_error("sync the folder", path, error));
  return {};
}

uint64_t size_of(const std::string& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return error ? 0 : bytes;
}

// The disk is asked before the first byte.
Result<void> check_disk(const std::string& folder, uint64_t bytes) {
  constexpr uint64_t kKeepFree = uint64_t{64} << 20;
  struct statvfs info{};
  if (::statvfs(folder.c_str(), &info) != 0) return std::unexpected(file_error("ask the disk of", folder, errno));
  const uint64_t left = static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  if (bytes + kKeepFree <= left) return {};
  return fail(Code::kResourceExhausted,
              fmt::format("{} MiB would come, {} MiB of disk are free", bytes >> 20, left >> 20), folder,
              "free some, or choose another folder: --model-cache, or FOVEA_CACHE");
}

bool is_commit(std::string_view revision) {
  return revision.size() == 40 &&
         std::ranges::all_of(revision, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

ModelCache::ModelCache(std::string folder, fetch::HttpFetch& http, Variable variable, Clock& clock)
    : folder_(std::move(folder)), http_(http), variable_(std::move(variable)), clock_(clock) {}

Result<Pulled> ModelCache::pull(const ModelAddress& address, const OnProgress& progress) {
  FOVEA_TRY(const FolderLock lock, FolderLock::take(folder_ + "/locks/" + key_of(address.text), kOtherPullMax, clock_));
  FOVEA_TRY(const FolderLock shared, FolderLock::share(upkeep_lock(folder_), kOtherPullMax, clock_));
  auto pulled = pull_locked(address, progress);
  if (pulled || (pulled.error().code != Code::kUnavailable && pulled.error().code != Code::kDeadlineExceeded))
    return pulled;
  auto last = last_meaning(address, pulled.error());
  return last ? std::move(last) : std::move(pulled);
}

Result<Pulled> ModelCache::pull_locked(const ModelAddress& address, const OnProgress& progress) {
  if (address.kind == ModelAddress::Kind::kHub && is_commit(address.revision)) {
    const std::string key = snapshot_key(address, address.revision);
    const Pulled known{folder_ + "/snapshots/" + key, address.revision, address.revision.substr(0, 12)};
    if (fs::is_directory(known.folder)) return remember(address, known, key);
  }
  FOVEA_TRY(Listing listing, list_model(address, http_, variable_));
  FOVEA_OK(check_listing(listing, address.text));
  const std::string key = snapshot_key(address, listing.revision);
  Pulled out{folder_ + "/snapshots/" + key, listing.revision, listing.version};
  if (!fs::is_directory(out.folder)) {
    std::vector<std::string> digests;
    FOVEA_TRY(out.bytes_fetched, fetch_files(address, listing, key, progress, digests));
    FOVEA_OK(make_snapshot(address, listing, key, digests));
  }
  return remember(address, out, key);
}

Result<Pulled> ModelCache::remember(const ModelAddress& address, const Pulled& pulled, const std::string& key) const {
  RealFiles files;
  const JsonObject meaning{
      {"address", address.text}, {"revision", pulled.revision}, {"version", pulled.version}, {"snapshot", key}};
  FOVEA_OK(files.write_atomic(folder_ + "/refs/" + key_of(address.text) + ".json", to_text(meaning)));
  return pulled;
}

Result<uint64_t> ModelCache::fetch_files(const ModelAddress& address, const Listing& listing, const std::string& key,
                                         const OnProgress& progress, std::vector<std::string>& digests) {
  const std::string blobs = folder_ + "/blobs", partials = folder_ + "/partial/" + key;
  FOVEA_OK(make_folder(blobs));
  FOVEA_OK(make_folder(partials));
  const auto have = [&](const RemoteFile& file) {
    return !file.sha256.empty() && file.bytes && fs::exists(blobs + "/" + file.sha256) &&
           size_of(blobs + "/" + file.sha256) == *file.bytes;
  };
  PullProgress so_far;
  uint64_t to_come = 0, fetched = 0;
  for (size_t i = 0; i < listing.files.size(); ++i) {
    const uint64_t bytes = listing.files[i].bytes.value_or(0);
    so_far.bytes_total += bytes;
    if (!have(listing.files[i])) to_come += bytes - std::min(bytes, size_of(fmt::format("{}/{}", partials, i)));
  }
  FOVEA_OK(check_disk(folder_, to_come));
  for (size_t i = 0; i < listing.files.size(); ++i) {
    const RemoteFile& file = listing.files[i];
    const uint64_t before = so_far.bytes;
    so_far.file = file.path;
    if (have(file)) {
      digests.push_back(file.sha256);
      so_far.bytes += *file.bytes;
      continue;
    }
    const std::string partial = fmt::format("{}/{}", partials, i);
    const uint64_t had = size_of(partial);
    FOVEA_TRY(const std::string digest,
              download({http_, listing, file, partial, address.text, clock_, [&](uint64_t bytes) {
                          so_far.bytes = before + bytes;
                          return !progress || progress(so_far);
                        }}));
    const uint64_t bytes = size_of(partial);
    so_far.bytes = before + bytes;
    so_far.bytes_total += bytes - file.bytes.value_or(0);
    fetched += bytes - std::min(bytes, had);
    if (so_far.bytes > kModelBytesMax)
      return fail(Code::kResourceExhausted, fmt::format("more than {} GiB", kModelBytesMax >> 30), address.text);
    const std::string blob = blobs + "/" + digest;
    ::chmod(partial.c_str(), 0444);  // models share it
    if (::rename(partial.c_str(), blob.c_str()) != 0) return std::unexpected(file_error("rename", partial, errno));
    digests.push_back(digest);
  }
  FOVEA_OK(sync_folder(blobs));
  return fetched;
}

Result<void> ModelCache::make_snapshot(const ModelAddress& address, const Listing& listing, const std::string& key,
                                       const std::vector<std::string>& digests) {
  const std::string snapshots = folder_ + "/snapshots", made = snapshots + "/.new-" + to_hex(random_bytes(8));
  FOVEA_OK(make_folder(made));
  JsonObject files;
  std::set<std::string> folders{made};
  for (size_t i = 0; i < listing.files.size(); ++i) {
    const std::string path = made + "/" + listing.files[i].path, parent = fs::path(path).parent_path().string();
    if (folders.insert(parent).second) FOVEA_OK(make_folder(parent));
    if (::link((folder_ + "/blobs/" + digests[i]).c_str(), path.c_str()) != 0)
      return std::unexpected(file_error("link", path, errno));
    files[listing.files[i].path] = digests[i];
  }
  for (const std::string& folder : folders) FOVEA_OK(sync_folder(folder));
  RealFiles real;
  const JsonObject origin{{"address", address.text},
                          {"revision", listing.revision},
                          {"version", listing.version},
                          {"pulled", format_rfc3339(clock_.now())},
                          {"files", std::move(files)}};
  FOVEA_OK(real.write_atomic(snapshots + "/" + key + ".json", to_text(origin)));
  const std::string place = snapshots + "/" + key;
  if (::rename(made.c_str(), place.c_str()) != 0 && !fs::is_directory(place))
    return std::unexpected(file_error("rename", made, errno));
  FOVEA_OK(sync_folder(snapshots));
  std::error_code ignored;
  fs::remove_all(made, ignored);
  fs::remove_all(folder_ + "/partial/" + key, ignored);
  return {};
}

Result<Pulled> ModelCache::last_meaning(const ModelAddress& address, const Error& why) const {
  FOVEA_TRY(const std::string text, read_file(folder_ + "/refs/" + key_of(address.text) + ".json", 1 << 16));
  FOVEA_TRY(const Json json, parse_json(text));
  Pulled out;
  const std::string key(text_or(member(json, "snapshot"), ""));
  out.folder = folder_ + "/snapshots/" + key;
  out.revision = text_or(member(json, "revision"), "");
  out.version = text_or(member(json, "version"), "");
  out.stale = true;
  out.why = why.text();
  if (!is_name(key) || !is_name(out.version) || !fs::is_directory(out.folder))
    return fail(Code::kNotFound, "was never pulled", address.text);
  return out;
}

std::string default_cache_folder(const Variable& variable) {
  const auto set = [&](const char* name) {
    const auto value = variable(name);
    return value && value->starts_with('/') ? *value : std::string();
  };
  if (const auto own = variable("FOVEA_CACHE"); own && !own->empty()) return *own + "/models";
  if (const std::string cache = set("XDG_CACHE_HOME"); !cache.empty()) return cache + "/fovea/models";
  if (const std::string home = set("HOME"); !home.empty()) return home + "/.cache/fovea/models";
  return ".cache/fovea/models";
}

}  // namespace fovea::registry
