#include "serve/registry/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/file_error.h"

namespace fovea::registry {

Result<FolderLock> FolderLock::take(const std::string& path, Nanos patience, Clock& clock) {
  return wait(path, LOCK_EX, patience, clock);
}

Result<FolderLock> FolderLock::share(const std::string& path, Nanos patience, Clock& clock) {
  return wait(path, LOCK_SH, patience, clock);
}

Result<FolderLock> FolderLock::wait(const std::string& path, int how, Nanos patience, Clock& clock) {
  constexpr Nanos kLook = std::chrono::milliseconds(20);
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  std::filesystem::create_directories(parent, error);
  if (error) return std::unexpected(file_error("make the folder", parent.string(), error.value()));
  FolderLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.descriptor_ < 0) return std::unexpected(file_error("open", path, errno));
  const Nanos until = clock.steady() + patience;
  while (::flock(lock.descriptor_, how | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return std::unexpected(file_error("lock", path, errno));
    if (clock.steady() >= until)
      return fail(Code::kUnavailable, "another process holds it", path, "wait for it, or stop it");
    clock.sleep(kLook);
  }
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace fovea::registry
