// SQLite on a simulated disk: a VFS of one connection at a time, with the write-ahead log's index in memory that a
// crash takes away.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/disk.h"

struct sqlite3_vfs;

namespace fovea::sim {

class DiskVfs {
 public:
  explicit DiskVfs(Disk& disk);  // registers itself under name()
  ~DiskVfs();
  DiskVfs(const DiskVfs&) = delete;
  DiskVfs& operator=(const DiskVfs&) = delete;

  const std::string& name() const { return name_; }
  Disk& disk() { return disk_; }
  void forget_shared_memory() { shared_.clear(); }  // with every connection closed

  using Regions = std::vector<std::unique_ptr<char[]>>;
  Regions& regions(const std::string& path) { return shared_[path]; }

 private:
  Disk& disk_;
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  std::map<std::string, Regions> shared_;
};

}  // namespace fovea::sim
