#include "tests/sim/disk.h"

#include <algorithm>
#include <set>

namespace fovea::sim {

Disked Disk::begin_change() {
  if (out_) return Disked::kOut;
  ++changes_;
  if (crash_at != 0 && changes_ >= crash_at) {
    out_ = true;
    return Disked::kOut;
  }
  if (break_at != 0 && changes_ == break_at) return Disked::kBroken;
  return Disked::kOk;
}

bool Disk::fits(const File& file, uint64_t size) const {
  if (capacity == UINT64_MAX || size <= file.now.size()) return true;
  uint64_t used = 0;
  for (const auto& [path, each] : files_) used += each.now.size();
  return used - file.now.size() + size <= capacity;
}

void Disk::apply(const Change& change, std::string& bytes) {
  if (change.truncates) {
    bytes.resize(change.offset);
    return;
  }
  if (bytes.size() < change.offset + change.bytes.size()) bytes.resize(change.offset + change.bytes.size());
  bytes.replace(change.offset, change.bytes.size(), change.bytes);
}

Disked Disk::create(const std::string& path) {
  if (out_) return Disked::kOut;
  files_[path];
  return Disked::kOk;
}

Disked Disk::write(const std::string& path, uint64_t offset, std::string_view bytes) {
  bool was_out = out_;
  Disked begun = begin_change();
  if (was_out) return Disked::kOut;
  File& file = files_[path];
  Change change{offset, std::string(bytes), false};
  // A write that is cut off, by the plug or by a fault, leaves a part.
  if (begun != Disked::kOk) change.bytes.resize(random_.below(bytes.size() + 1));
  Disked result = begun;
  if (begun == Disked::kOk && !fits(file, offset + bytes.size())) {
    uint64_t used = 0;
    for (const auto& [name, each] : files_) used += each.now.size();
    uint64_t left = capacity > used ? capacity - used : 0;
    uint64_t room = file.now.size() > offset ? file.now.size() - offset + left : left;
    change.bytes.resize(std::min<uint64_t>(change.bytes.size(), room));
    result = Disked::kFull;
  }
  if (!change.bytes.empty()) {
    apply(change, file.now);
    file.unsynced.push_back(std::move(change));
  }
  return result;
}

Disked Disk::truncate(const std::string& path, uint64_t bytes) {
  Disked begun = begin_change();
  if (begun != Disked::kOk) return begun;
  auto found = files_.find(path);
  if (found == files_.end()) return Disked::kMissing;
  Change change{bytes, {}, true};
  apply(change, found->second.now);
  found->second.unsynced.push_back(std::move(change));
  return Disked::kOk;
}

Disked Disk::sync(const std::string& path) {
  bool was_out = out_;
  Disked begun = begin_change();
  auto found = files_.find(path);
  if (was_out || found == files_.end()) return was_out ? Disked::kOut : Disked::kMissing;
  if (begun == Disked::kOut && random_.below(2) == 0) return begun;  // the plug was pulled before, else after
  if (begun == Disked::kBroken || lies_about_sync) return begun;
  File& file = found->second;
  for (const Change& change : file.unsynced) apply(change, file.durable);
  file.unsynced.clear();
  file.known = true;
  return begun;
}

Disked Disk::rename(const std::string& from, const std::string& to, bool replace) {
  bool was_out = out_;
  Disked begun = begin_change();
  if (was_out || begun == Disked::kBroken) return begun;
  if (begun == Disked::kOut && random_.below(2) == 0) return begun;
  auto found = files_.find(from);
  if (found == files_.end()) return Disked::kMissing;
  if (!replace && files_.contains(to)) return Disked::kExists;
  File moved = std::move(found->second);
  files_.erase(found);
  files_[to] = std::move(moved);
  return begun;
}

Disked Disk::remove(const std::string& path) {
  Disked begun = begin_change();
  if (begun != Disked::kOk) return begun;
  return files_.erase(path) > 0 ? Disked::kOk : Disked::kMissing;
}

const std::string* Disk::find(const std::string& path) const {
  auto found = files_.find(path);
  return out_ || found == files_.end() ? nullptr : &found->second.now;
}

bool Disk::has_file_under(const std::string& folder) const {
  auto found = files_.lower_bound(folder + "/");
  return found != files_.end() && found->first.starts_with(folder + "/");
}

std::vector<std::string> Disk::names_in(const std::string& folder) const {
  std::set<std::string> names;
  for (const auto& [path, file] : files_) {
    if (!path.starts_with(folder + "/")) continue;
    std::string rest = path.substr(folder.size() + 1);
    names.insert(rest.substr(0, rest.find('/')));
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> Disk::paths() const {
  std::vector<std::string> all;
  for (const auto& [path, file] : files_) all.push_back(path);
  return all;
}

// Of the unsynced changes: all, none, a prefix with a torn last one, or any of them.
void Disk::settle(File& file) {
  uint64_t how = random_.below(4);
  size_t prefix = random_.below(file.unsynced.size() + 1);
  for (size_t i = 0; i < file.unsynced.size(); ++i) {
    Change& change = file.unsynced[i];
    bool kept = how == 0 || (how == 2 && i < prefix) || (how == 3 && random_.below(2) == 0);
    if (how == 2 && i == prefix && !change.truncates) {
      change.bytes.resize(random_.below(change.bytes.size() + 1));
      kept = !change.bytes.empty();
    }
    if (kept) apply(change, file.durable);
  }
}

void Disk::restart(bool crashed) {
  for (auto it = files_.begin(); it != files_.end();) {
    File& file = it->second;
    if (crashed) {
      settle(file);
      file.now = file.durable;
    } else {
      file.durable = file.now;
    }
    file.unsynced.clear();
    bool lost = crashed && !file.known && random_.below(2) == 0;
    file.known = true;
    it = lost ? files_.erase(it) : std::next(it);
  }
  changes_ = 0;
  crash_at = break_at = 0;
  capacity = UINT64_MAX;
  out_ = false;
}

}  // namespace fovea::sim
