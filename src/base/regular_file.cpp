#include "base/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_error.h"

namespace fovea {

Result<RegularFile> RegularFile::open(const std::string& path) {
  RegularFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe would wait for its writer
  if (file.descriptor_ < 0) return std::unexpected(file_error("open", path, errno));
  struct stat info{};
  if (::fstat(file.descriptor_, &info) != 0) return std::unexpected(file_error("read", path, errno));
  if (S_ISDIR(info.st_mode)) return std::unexpected(file_error("read", path, EISDIR));
  if (!S_ISREG(info.st_mode)) return fail(Code::kUnavailable, "not a regular file", path, "put the file in its place");
  file.size_ = static_cast<uint64_t>(info.st_size);
  return file;
}

RegularFile::~RegularFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace fovea
