#include "door/assemble/state_dir.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/digest.h"
#include "base/fault_point.h"
#include "base/files.h"

namespace fovea::assemble {
namespace {

namespace fs = std::filesystem;
constexpr size_t kSecretBytes = 32;

// Written under another name and linked, so that it is there whole or not at all, with its mode from the first byte.
Result<void> write_secret(const std::string& path, const std::string& secret) {
  std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Code::kPermissionDenied, "cannot create the secret of the state", path);
  bool written = ::write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && ::fsync(fd) == 0;
  ::close(fd);
  fault_point("state.secret");
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    ::unlink(temporary.c_str());
    return fail(Code::kResourceExhausted, "cannot write the secret of the state", path, "free some disk space");
  }
  return {};
}

}  // namespace

std::string state_dir(const std::string& given, const std::string& flow_path) {
  if (!given.empty()) return given;
  if (const char* environment = std::getenv("FOVEA_STATE"); environment && *environment) return environment;
  fs::path folder = fs::path(flow_path).parent_path();
  return (folder / ".fovea").string();
}

Result<std::string> open_or_make_secret(const std::string& dir) {
  std::string path = dir + "/secret";
  std::error_code error;
  if (!fs::exists(path, error)) {
    fs::create_directories(dir, error);
    FOVEA_OK(write_secret(path, random_bytes(kSecretBytes)));
  }
  FOVEA_TRY(std::string secret, read_file(path, kSecretBytes));
  if (secret.size() != kSecretBytes)
    return fail(Code::kDataLoss, "the secret of the state is damaged", path,
                "restore it from a backup: pseudonyms depend on it");
  return secret;
}

}  // namespace fovea::assemble
