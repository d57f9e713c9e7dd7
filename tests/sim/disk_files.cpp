#include "tests/sim/disk_files.h"

#include <filesystem>

namespace fovea::sim {
namespace {

Result<void> result_of(Disked disked, const std::string& path) {
  switch (disked) {
    case Disked::kOk:
      return {};
    case Disked::kMissing:
      return fail(Code::kNotFound, "no such file", path);
    case Disked::kExists:
      return fail(Code::kAlreadyExists, "the file exists", path);
    case Disked::kFull:
      return fail(Code::kResourceExhausted, "no space left", path);
    case Disked::kBroken:
      return fail(Code::kUnavailable, "I/O error", path);
    case Disked::kOut:
      break;
  }
  return fail(Code::kUnavailable, "the power is out", path);
}

// As a file system reads it: "a/./b" is "a/b".
std::string plain(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

}  // namespace

Result<std::string> DiskFiles::read(const std::string& path, uint64_t offset, uint64_t bytes_max) {
  const std::string* bytes = disk_.find(plain(path));
  if (bytes == nullptr) return std::unexpected(result_of(disk_.out() ? Disked::kOut : Disked::kMissing, path).error());
  return offset >= bytes->size() ? std::string() : bytes->substr(offset, bytes_max);
}

Result<uint64_t> DiskFiles::size(const std::string& path) {
  const std::string* bytes = disk_.find(plain(path));
  if (bytes == nullptr) return std::unexpected(result_of(disk_.out() ? Disked::kOut : Disked::kMissing, path).error());
  return bytes->size();
}

Result<void> DiskFiles::write_atomic(const std::string& path, std::string_view bytes) {
  std::string temporary = plain(path) + ".tmp.1." + std::to_string(serial_++);
  FOVEA_OK(result_of(disk_.create(temporary), path));
  auto written = result_of(disk_.write(temporary, 0, bytes), path);
  if (written) written = result_of(disk_.sync(temporary), path);
  if (written) written = result_of(disk_.rename(temporary, plain(path), true), path);
  if (!written) (void)disk_.remove(temporary);
  return written;
}

Result<void> DiskFiles::append(const std::string& path, std::string_view bytes) {
  FOVEA_OK(result_of(disk_.create(plain(path)), path));
  uint64_t size = disk_.find(plain(path))->size();
  // In two parts, as a write that the kernel cut.
  size_t half = bytes.size() / 2;
  FOVEA_OK(result_of(disk_.write(plain(path), size, bytes.substr(0, half)), path));
  FOVEA_OK(result_of(disk_.write(plain(path), size + half, bytes.substr(half)), path));
  return result_of(disk_.sync(plain(path)), path);
}

Result<void> DiskFiles::truncate(const std::string& path, uint64_t bytes) {
  FOVEA_OK(result_of(disk_.truncate(plain(path), bytes), path));
  return result_of(disk_.sync(plain(path)), path);
}

Result<void> DiskFiles::rename(const std::string& from, const std::string& to) {
  return result_of(disk_.rename(plain(from), plain(to), false), from);
}

Result<void> DiskFiles::remove(const std::string& path) {
  return result_of(disk_.remove(plain(path)), path);
}

Result<std::vector<std::string>> DiskFiles::list(const std::string& dir) {
  if (disk_.out()) return std::unexpected(result_of(Disked::kOut, dir).error());
  if (!disk_.has_file_under(dir)) return fail(Code::kNotFound, "no such folder", dir);
  return disk_.names_in(dir);
}

}  // namespace fovea::sim
