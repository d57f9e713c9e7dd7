#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>

#include "base/fault_point.h"
#include "base/file_error.h"
#include "base/regular_file.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

Result<void> make_parents(const std::string& path) {
  std::error_code error;
  fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (error) return std::unexpected(file_error("make the folder", parent.string(), error.value()));
  return {};
}

Result<void> write_all(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(file_error("write", path, errno));
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<void> sync_folder_of(const std::string& path) {
  fs::path parent = fs::path(path).parent_path();
  Descriptor dir{::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (dir.fd < 0 || ::fsync(dir.fd) != 0) return std::unexpected(file_error("sync the folder of", path, errno));
  return {};
}

}  // namespace

Result<std::string> RealFiles::read(const std::string& path, uint64_t offset, uint64_t bytes_max) {
  FOVEA_TRY(const RegularFile file, RegularFile::open(path));
  std::string out;
  if (file.size() > offset) out.reserve(std::min(file.size() - offset, bytes_max));
  char buffer[1 << 16];
  while (out.size() < bytes_max) {
    ssize_t n = ::pread(file.descriptor(), buffer, std::min<uint64_t>(sizeof buffer, bytes_max - out.size()),
                        static_cast<off_t>(offset + out.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(file_error("read", path, errno));
    if (n == 0) break;
    out.append(buffer, static_cast<size_t>(n));
  }
  return out;
}

Result<uint64_t> RealFiles::size(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::unexpected(file_error("look at it", path, errno));
  return static_cast<uint64_t>(info.st_size);
}

Result<void> RealFiles::write_atomic(const std::string& path, std::string_view bytes) {
  static std::atomic<uint64_t> serial{0};
  FOVEA_OK(make_parents(path));
  std::string temporary = fmt::format("{}.tmp.{}.{}", path, ::getpid(), serial++);
  {
    Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (file.fd < 0) return std::unexpected(file_error("create", temporary, errno));
    fault_point("files.write");
    auto written = write_all(file.fd, path, bytes);
    if (written && ::fsync(file.fd) != 0) written = std::unexpected(file_error("sync", path, errno));
    if (!written) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  fault_point("files.rename");
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    int error = errno;
    ::unlink(temporary.c_str());
    return std::unexpected(file_error("replace", path, error));
  }
  fault_point("files.renamed");
  return sync_folder_of(path);
}

Result<void> RealFiles::append(const std::string& path, std::string_view bytes) {
  FOVEA_OK(make_parents(path));
  bool fresh = ::access(path.c_str(), F_OK) != 0;
  Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
  if (file.fd < 0) return std::unexpected(file_error("open", path, errno));
  size_t torn = fault_tear("files.append", bytes.size());
  FOVEA_OK(write_all(file.fd, path, bytes.substr(0, torn)));
  fault_point("files.append.torn");
  FOVEA_OK(write_all(file.fd, path, bytes.substr(torn)));
  fault_point("files.append.sync");
  if (::fdatasync(file.fd) != 0) return std::unexpected(file_error("sync", path, errno));
  if (fresh) return sync_folder_of(path);
  return {};
}

Result<void> RealFiles::truncate(const std::string& path, uint64_t bytes) {
  Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (file.fd < 0 || ::ftruncate(file.fd, static_cast<off_t>(bytes)) != 0 || ::fdatasync(file.fd) != 0) {
    return std::unexpected(file_error("truncate", path, errno));
  }
  return {};
}

Result<void> RealFiles::rename(const std::string& from, const std::string& to) {
  FOVEA_OK(make_parents(to));
  fault_point("files.move");
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 1 /* RENAME_NOREPLACE */) != 0) {
    return std::unexpected(file_error(fmt::format("move to '{}'", to).c_str(), from, errno));
  }
  fault_point("files.moved");
  FOVEA_OK(sync_folder_of(to));
  return sync_folder_of(from);
}

Result<void> RealFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return std::unexpected(file_error("remove", path, errno));
  return sync_folder_of(path);
}

Result<std::vector<std::string>> RealFiles::list(const std::string& dir) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return std::unexpected(file_error("list", dir, error.value()));
  std::ranges::sort(names);
  return names;
}

Result<std::string> read_file(const std::string& path, uint64_t bytes_max) {
  RealFiles files;
  FOVEA_TRY(uint64_t size, files.size(path));
  if (size > bytes_max) {
    return fail(Code::kOutOfRange, fmt::format("the file has {} bytes; at most {} are read", size, bytes_max), path,
                "is it the right file?");
  }
  return files.read(path, 0, UINT64_MAX);
}

}  // namespace fovea
