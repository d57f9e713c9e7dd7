// base/files.h over a simulated disk: as RealFiles, step by step, with every step a place for a crash.
#pragma once

#include "base/files.h"
#include "tests/sim/disk.h"

namespace fovea::sim {

class DiskFiles final : public Files {
 public:
  explicit DiskFiles(Disk& disk) : disk_(disk) {}
  Result<std::string> read(const std::string& path, uint64_t offset, uint64_t bytes_max) override;
  Result<uint64_t> size(const std::string& path) override;
  Result<void> write_atomic(const std::string& path, std::string_view bytes) override;
  Result<void> append(const std::string& path, std::string_view bytes) override;
  Result<void> truncate(const std::string& path, uint64_t bytes) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& dir) override;

 private:
  Disk& disk_;
  uint64_t serial_ = 0;
};

}  // namespace fovea::sim
