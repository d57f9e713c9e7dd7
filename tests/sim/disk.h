// A disk that can be crashed, filled and made to fail. What was synced stays; of what was not, a crash keeps some.
// After the crash point is reached the power is out: every call fails until restart(). Nothing is thrown, so that the
// crash passes through SQLite and our code as an error would, and the objects that saw it are then discarded.
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace fovea::sim {

enum class Disked { kOk, kMissing, kExists, kFull, kBroken, kOut };

class Disk {
 public:
  explicit Disk(uint64_t seed) : random_(seed) {}

  // Faults to come.
  uint64_t crash_at = 0;           // the N-th change from now pulls the plug; 0: never
  uint64_t break_at = 0;           // the N-th change from now fails with an I/O error, once
  uint64_t capacity = UINT64_MAX;  // bytes of all files
  bool lies_about_sync = false;    // planted: sync() does nothing

  Disked write(const std::string& path, uint64_t offset, std::string_view bytes);  // creates; holes are zeros
  Disked truncate(const std::string& path, uint64_t bytes);
  Disked sync(const std::string& path);
  Disked rename(const std::string& from, const std::string& to, bool replace);  // durable at once, or not done
  Disked remove(const std::string& path);
  Disked create(const std::string& path);

  const std::string* find(const std::string& path) const;  // null: no such file, or the power is out
  bool out() const { return out_; }
  bool has_file_under(const std::string& folder) const;
  std::vector<std::string> names_in(const std::string& folder) const;
  std::vector<std::string> paths() const;
  uint64_t changes() const { return changes_; }  // since restart(): how far crash_at could reach

  // After a crash, or instead of one: decides what of the unsynced bytes is kept. Faults are taken away.
  void restart(bool crashed);

 private:
  struct Change {
    uint64_t offset = 0;
    std::string bytes;
    bool truncates = false;  // to `offset` bytes
  };
  struct File {
    std::string now, durable;
    std::vector<Change> unsynced;
    bool known = false;  // its name is durable
  };

  Disked begin_change();  // counts it; kOut where the plug is pulled at this very change
  bool fits(const File& file, uint64_t size) const;
  static void apply(const Change& change, std::string& bytes);
  void settle(File& file);

  Random random_;
  std::map<std::string, File> files_;
  uint64_t changes_ = 0;
  bool out_ = false;
};

}  // namespace fovea::sim
