// Bytes that tensors stand on: a memory-mapped file or an aligned buffer. Never changes after it is shared.
// Ownership: shared_ptr<const Storage>; tensors keep it alive.
// Threads: any, once shared.
// Errors: kNotFound, kPermissionDenied, kUnavailable; `where` is the path.
// A mapped file must be replaced by rename, never shortened in place while it is mapped.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"

namespace fovea::tensor {

constexpr size_t kAlignment = 64;  // one cache line, one AVX-512 register

class Storage {
 public:
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  static Result<std::shared_ptr<const Storage>> map_file(const std::string& path);
  static std::shared_ptr<Storage> allocate(size_t bytes);  // zero-filled, kAlignment-aligned

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Has the system read these bytes of a mapped file ahead, all at once; nothing where they are not mapped.
  void read_ahead(size_t begin, size_t end) const;
  // Gives a mapped file's pages back to the system; what is read again comes from its cache. Nothing where not mapped.
  void release_pages() const;
  std::byte* writable() { return data_; }  // REQUIRES: made by allocate() and not yet shared

 private:
  Storage(std::byte* data, size_t size, bool mapped) : data_(data), size_(size), mapped_(mapped) {}
  std::byte* data_;
  size_t size_;
  bool mapped_;
};

}  // namespace fovea::tensor
