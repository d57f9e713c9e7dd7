#include "trust/audit/key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/digest.h"
#include "base/files.h"

namespace fovea::audit {
namespace {

std::unexpected<Error> key_error(const char* doing, const std::string& path) {
  Code code = errno == EACCES   ? Code::kPermissionDenied
              : errno == ENOSPC ? Code::kResourceExhausted
                                : Code::kUnavailable;
  return fail(code, std::string("cannot ") + doing + ": " + std::strerror(errno), path);
}

Result<void> write_secret(const std::string& path, std::string_view text) {
  std::string temporary = path + ".tmp";
  int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return key_error("create the log's key", temporary);
  bool written = ::fchmod(fd, 0600) == 0 &&
                 ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = key_error("write the log's key", path);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

Result<std::string> read_line(const std::string& path) {
  FOVEA_TRY(std::string text, read_file(path, 4096));
  if (!text.ends_with('\n')) return fail(Code::kDataLoss, "the key does not end in a newline", path);
  text.pop_back();
  return text;
}

}  // namespace

Result<SigningKey> open_or_make_key(const std::string& dir, const std::string& name) {
  std::string path = dir + "/key", public_path = dir + "/key.pub";
  RealFiles files;
  auto text = read_line(path);
  if (!text && text.error().code == Code::kNotFound) {
    FOVEA_OK(check_name(name));
    if (files.size(public_path) || files.size(dir + "/checkpoint")) {
      return fail(Code::kDataLoss, "the log has lost its private key", path,
                  "put the key back, or begin a new log by moving this folder away");
    }
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    std::string seed = random_bytes(32);
    std::array<uint8_t, 32> bytes;
    std::memcpy(bytes.data(), seed.data(), bytes.size());
    FOVEA_OK(write_secret(path, SigningKey::from_seed(name, bytes).text() + "\n"));
    text = read_line(path);
  }
  if (!text) return std::unexpected(text.error());
  auto key = SigningKey::parse(*text);
  if (!key) return fail(Code::kDataLoss, key.error().message, path);
  std::string expected = key->verify_key().text();
  auto known = read_line(public_path);
  if (!known && known.error().code == Code::kNotFound) {
    FOVEA_OK(files.write_atomic(public_path, expected + "\n"));
  } else if (!known) {
    return std::unexpected(known.error());
  } else if (*known != expected) {
    return fail(Code::kDataLoss, "the public key does not belong to the private key", public_path);
  }
  return *key;
}

}  // namespace fovea::audit
