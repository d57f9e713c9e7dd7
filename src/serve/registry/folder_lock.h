// A lock on a file that threads and processes alike wait for (flock). Released when it goes, and when its process ends.
// Shared ones exclude only those that are not.
// Errors: kUnavailable where another holds it for longer than `patience`; those of files.
#pragma once

#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"

namespace fovea::registry {

class FolderLock {
 public:
  // Both make the file and its folder.
  static Result<FolderLock> take(const std::string& path, Nanos patience, Clock& clock);
  static Result<FolderLock> share(const std::string& path, Nanos patience, Clock& clock);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  static Result<FolderLock> wait(const std::string& path, int how, Nanos patience, Clock& clock);
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace fovea::registry
