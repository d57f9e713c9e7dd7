#include "stream/connectors/byte_stream.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fovea::connectors {
namespace {

class FileStream final : public ByteStream {
 public:
  FileStream(std::string path, Files& files) : path_(std::move(path)), files_(files) {}
  Result<std::string> read(uint64_t offset, size_t bytes_max, Nanos) override {
    return files_.read(path_, offset, bytes_max);
  }
  Result<uint64_t> size() override { return files_.size(path_); }
  bool ended() const override { return false; }
  bool seekable() const override { return true; }
  void wake() override {}

 private:
  std::string path_;
  Files& files_;
};

class PipeStream final : public ByteStream {
 public:
  explicit PipeStream(int descriptor) : descriptor_(descriptor), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~PipeStream() override {
    if (wake_ >= 0) ::close(wake_);
  }

  Result<std::string> read(uint64_t, size_t bytes_max, Nanos wait) override {
    if (ended_) return std::string();
    pollfd both[2] = {{descriptor_, POLLIN, 0}, {wake_, POLLIN, 0}};
    auto wait_ms = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
    int ready = ::poll(both, wake_ >= 0 ? 2 : 1, static_cast<int>(std::clamp<int64_t>(wait_ms, 0, 60'000)));
    if (ready <= 0 || both[0].revents == 0) return std::string();
    std::string bytes(std::min<size_t>(bytes_max, 1u << 16), '\0');
    ssize_t n = ::read(descriptor_, bytes.data(), bytes.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return std::string();
    if (n < 0) return fail(Code::kUnavailable, fmt::format("cannot read: {}", std::strerror(errno)), "standard input");
    bytes.resize(static_cast<size_t>(n));
    ended_ = n == 0;
    return bytes;
  }
  Result<uint64_t> size() override { return UINT64_MAX; }
  bool ended() const override { return ended_; }
  bool seekable() const override { return false; }
  void wake() override {
    uint64_t one = 1;
    if (wake_ >= 0) [[maybe_unused]]
      ssize_t ignored = ::write(wake_, &one, sizeof one);
  }

 private:
  int descriptor_;
  int wake_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_file_stream(std::string path, Files& files) {
  return std::make_unique<FileStream>(std::move(path), files);
}

std::unique_ptr<ByteStream> open_pipe_stream(int descriptor) {
  return std::make_unique<PipeStream>(descriptor);
}

}  // namespace fovea::connectors
