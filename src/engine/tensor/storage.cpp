#include "engine/tensor/storage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace fovea::tensor {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

// Weights that fill a huge page begin at one: 20 MiB are 10 entries of the TLB instead of 5,000.
std::align_val_t alignment_of(size_t bytes) {
  return std::align_val_t(bytes >= kHugePage ? kHugePage : kAlignment);
}

}  // namespace

Storage::~Storage() {
  if (mapped_) {
    if (size_ > 0) ::munmap(data_, size_);
  } else {
    ::operator delete[](data_, alignment_of(size_));
  }
}

Result<std::shared_ptr<const Storage>> Storage::map_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe would wait for its writer
  if (file < 0) {
    const Code code = errno == ENOENT   ? Code::kNotFound
                      : errno == EACCES ? Code::kPermissionDenied
                                        : Code::kUnavailable;
    const char* hint = errno == ELOOP    ? "a symbolic link leads back to itself; put the file in its place"
                       : errno == ENOENT ? "where it is a symbolic link, what it leads to is gone"
                                         : "";
    return fail(code, std::string("cannot open the file: ") + std::strerror(errno), path, hint);
  }
  struct stat info{};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(file);
    return fail(Code::kUnavailable, "not a regular file", path, "put the file in its place");
  }
  const auto size = static_cast<size_t>(info.st_size);
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED) {
      const int error = errno;
      ::close(file);
      return fail(Code::kUnavailable, std::string("cannot map the file: ") + std::strerror(error), path);
    }
  }
  ::close(file);
  return std::shared_ptr<const Storage>(new Storage(static_cast<std::byte*>(data), size, true));
}

void Storage::read_ahead(size_t begin, size_t end) const {
  if (!mapped_ || begin >= end || end > size_) return;
  const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE)), from = begin / page * page;
  (void)::madvise(data_ + from, end - from, MADV_WILLNEED);  // advice: where it is refused, pages come one by one
}

void Storage::release_pages() const {
  if (mapped_ && size_ > 0) (void)::madvise(data_, size_, MADV_DONTNEED);
}

std::shared_ptr<Storage> Storage::allocate(size_t bytes) {
  auto* data = static_cast<std::byte*>(::operator new[](bytes, alignment_of(bytes)));
  // Whole pages only: nothing is held that was not asked for. The kernel may refuse, which costs speed alone.
  if (bytes >= kHugePage) (void)::madvise(data, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  std::memset(data, 0, bytes);
  return std::shared_ptr<Storage>(new Storage(data, bytes, false));
}

}  // namespace fovea::tensor
