// A file that is open for reading: a regular one, so that reading it neither waits nor goes on for ever.
// Errors: those of file_error(); kUnavailable for folders, pipes and devices. `where` is the path.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/error.h"

namespace fovea {

class RegularFile {
 public:
  static Result<RegularFile> open(const std::string& path);
  ~RegularFile();
  RegularFile(RegularFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
  RegularFile& operator=(RegularFile&&) = delete;

  int descriptor() const { return descriptor_; }
  uint64_t size() const { return size_; }  // when it was opened

 private:
  explicit RegularFile(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  uint64_t size_ = 0;
};

}  // namespace fovea
