// The file system, through a port, so that the simulator can crash it, fill it and lose what was not synced.
// Errors: kNotFound, kAlreadyExists, kPermissionDenied, kResourceExhausted (disk full), kFailedPrecondition (a rename
// to another device), kUnavailable (other I/O); `where` is the path. Threads: any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea {

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::string> read(const std::string& path, uint64_t offset = 0, uint64_t bytes_max = UINT64_MAX) = 0;
  virtual Result<uint64_t> size(const std::string& path) = 0;
  // Replaces the file as a whole: temporary file, fsync, rename, fsync of the folder. Never half-written.
  virtual Result<void> write_atomic(const std::string& path, std::string_view bytes) = 0;
  // Appends, creating the file if need be, and syncs it before it returns.
  virtual Result<void> append(const std::string& path, std::string_view bytes) = 0;
  virtual Result<void> truncate(const std::string& path, uint64_t bytes) = 0;
  // Makes parents, refuses to overwrite.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& dir) = 0;  // names, sorted by bytes, not recursive
};

class RealFiles final : public Files {
 public:
  Result<std::string> read(const std::string& path, uint64_t offset, uint64_t bytes_max) override;
  Result<uint64_t> size(const std::string& path) override;
  Result<void> write_atomic(const std::string& path, std::string_view bytes) override;
  Result<void> append(const std::string& path, std::string_view bytes) override;
  Result<void> truncate(const std::string& path, uint64_t bytes) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& dir) override;
};

// For programs and tests that do not go through a port: reads a whole file of at most `bytes_max` bytes.
Result<std::string> read_file(const std::string& path, uint64_t bytes_max = UINT64_MAX);

}  // namespace fovea
