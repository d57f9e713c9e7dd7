#include "serve/registry/download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>

#include "base/digest.h"
#include "base/file_error.h"
#include "base/files.h"
#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

namespace fs = std::filesystem;

class Partial {
 public:
  static Result<Partial> open(const std::string& path) {
    Partial out(path);
    out.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (out.fd_ < 0) return std::unexpected(file_error("open", path, errno));
    struct stat info{};
    if (::fstat(out.fd_, &info) != 0) return std::unexpected(file_error("read", path, errno));
    out.size_ = static_cast<uint64_t>(info.st_size);
    return out;
  }
  ~Partial() {
    if (fd_ >= 0) ::close(fd_);
  }
  Partial(Partial&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
  Partial& operator=(Partial&&) = delete;

  uint64_t size() const { return size_; }
  Result<void> append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected(file_error("write", path_, errno));
      bytes.remove_prefix(static_cast<size_t>(n));
      size_ += static_cast<uint64_t>(n);
    }
    return {};
  }
  Result<void> clear() {
    if (::ftruncate(fd_, 0) != 0) return std::unexpected(file_error("truncate", path_, errno));
    size_ = 0;
    return {};
  }
  Result<void> sync() const {
    if (::fsync(fd_) != 0) return std::unexpected(file_error("sync", path_, errno));
    return {};
  }
  // SHA-256 and the SHA-1 of the git blob that it would be, hex.
  Result<std::pair<std::string, std::string>> digests() const {
    using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
    const Context sha256(EVP_MD_CTX_new(), &EVP_MD_CTX_free), git(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestInit_ex(sha256.get(), EVP_sha256(), nullptr);
    EVP_DigestInit_ex(git.get(), EVP_sha1(), nullptr);
    const std::string head = fmt::format("blob {}", size_);
    EVP_DigestUpdate(git.get(), head.c_str(), head.size() + 1);
    std::string buffer(size_t{1} << 18, '\0');
    for (uint64_t at = 0; at < size_;) {
      const ssize_t n = ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return std::unexpected(file_error("read", path_, n < 0 ? errno : EIO));
      EVP_DigestUpdate(sha256.get(), buffer.data(), static_cast<size_t>(n));
      EVP_DigestUpdate(git.get(), buffer.data(), static_cast<size_t>(n));
      at += static_cast<uint64_t>(n);
    }
    const auto end = [](const Context& context) {
      std::string out(EVP_MAX_MD_SIZE, '\0');
      unsigned bytes = 0;
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), &bytes);
      return to_hex(std::string_view(out).substr(0, bytes));
    };
    return std::pair{end(sha256), end(git)};
  }

 private:
  explicit Partial(std::string path) : path_(std::move(path)) {}
  std::string path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

// What one request brought.
struct Attempt {
  Result<void> written = {};
  std::string said;      // of a refusal
  std::string checksum;  // that the store keeps of the whole, hex
  bool gave_up = false;
};

// "bytes 100-199/200" → 100
std::optional<uint64_t> begin_of_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  uint64_t begin = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), begin);
  if (error != std::errc() || end == text.data() + text.size() || *end != '-') return std::nullopt;
  return begin;
}

class Transfer {
 public:
  Transfer(const Download& what, Partial partial) : what_(what), partial_(std::move(partial)) {}

  Result<std::string> run() {
    most_ = partial_.size();
    int idle = 0;
    Nanos pause = kFirstPause;
    while (!whole()) {
      FOVEA_OK(begin());
      Attempt attempt;
      const auto tried = one_request(attempt);
      if (tried && (whole() || !what_.file.bytes)) break;
      Error error = tried ? Error{Code::kUnavailable, "broke off", what_.where, ""} : tried.error();
      if (error.code != Code::kUnavailable && error.code != Code::kDeadlineExceeded)
        return std::unexpected(std::move(error));
      idle = partial_.size() > most_ ? 0 : idle + 1;
      if (idle == 0) pause = kFirstPause;
      most_ = std::max(most_, partial_.size());
      if (idle >= kAttempts) {
        error.message += fmt::format("; {} attempts brought nothing of '{}'", kAttempts, what_.file.path);
        error.where = what_.where;
        return std::unexpected(std::move(error));
      }
      what_.clock.sleep(pause);
      pause = std::min(pause * 2, kPauseMax);
    }
    return check();
  }

 private:
  bool whole() const { return what_.file.bytes && partial_.size() == *what_.file.bytes && (sent_ || partial_.size()); }

  // A partial file that is no part of this one begins anew.
  Result<void> begin() {
    if (partial_.size() > what_.file.bytes.value_or(kFileOfUnknownSizeMax)) FOVEA_OK(partial_.clear());
    return {};
  }

  Result<void> one_request(Attempt& attempt) {
    FOVEA_TRY(fetch::HttpRequest request, what_.listing.request(what_.file));
    request.reply_bytes_max = std::max(what_.file.bytes.value_or(kFileOfUnknownSizeMax) + 1, fetch::kReplyBytesMax);
    const std::string etag_file = what_.partial + ".etag";
    if (partial_.size() > 0) {
      request.headers.emplace_back("Range", fmt::format("bytes={}-", partial_.size()));
      const auto etag = read_file(etag_file, 1024);
      if (etag && etag->starts_with('"')) request.headers.emplace_back("If-Range", *etag);
    }
    bool begun = false;
    const auto reply = what_.http.fetch(request, [&](const fetch::HttpReply& head, std::string_view bytes) {
      return take(head, bytes, begun, attempt);
    });
    sent_ = sent_ || reply.has_value();
    if (!attempt.written) return attempt.written;
    if (attempt.gave_up) return fail(Code::kCancelled, "given up", what_.where);
    if (!reply) return std::unexpected(reply.error());
    if (reply->status == 416) {  // what lies here is no part of what is there
      FOVEA_OK(partial_.clear());
      return fail(Code::kUnavailable, "the server does not go on where it broke off", what_.where);
    }
    if (reply->status != 200 && reply->status != 206)
      return std::unexpected(refused(*reply, what_.where + " " + what_.file.path, attempt.said));
    return {};
  }

  bool take(const fetch::HttpReply& head, std::string_view bytes, bool& begun, Attempt& attempt) {
    if (head.status != 200 && head.status != 206) {
      attempt.said += bytes.substr(0, 1024 - std::min<size_t>(attempt.said.size(), 1024));
      return true;
    }
    if (!begun) {
      begun = true;
      attempt.written = begin_body(head);
      if (!attempt.written) return false;
    }
    attempt.written = partial_.append(bytes);
    if (!attempt.written) return false;
    if (what_.file.bytes && partial_.size() > *what_.file.bytes) {
      attempt.written = fail(Code::kDataLoss, fmt::format("'{}' is larger than listed", what_.file.path), what_.where);
      return false;
    }
    attempt.gave_up = what_.came && !what_.came(partial_.size());
    return !attempt.gave_up;
  }

  Result<void> begin_body(const fetch::HttpReply& head) {
    if (head.status == 200) {
      if (partial_.size() > 0) FOVEA_OK(partial_.clear());
      checksum_ = checksum_of(head);
      RealFiles files;
      if (const auto etag = head.header("etag"); !etag.empty())
        FOVEA_OK(files.write_atomic(what_.partial + ".etag", etag.substr(0, 1024)));
      return {};
    }
    if (begin_of_range(head.header("content-range")) == partial_.size()) return {};
    FOVEA_OK(partial_.clear());
    return fail(Code::kUnavailable, "the server sends another part than was asked for", what_.where);
  }

  // X-Amz-Checksum-Sha256 of the whole object; those of parts end in "-N".
  static std::string checksum_of(const fetch::HttpReply& head) {
    const auto bytes = from_base64(head.header("x-amz-checksum-sha256"));
    return bytes && bytes->size() == 32 ? to_hex(*bytes) : "";
  }

  Result<std::string> check() {
    FOVEA_OK(partial_.sync());
    FOVEA_TRY(const auto digests, partial_.digests());
    const auto& [sha256, git] = digests;
    const RemoteFile& file = what_.file;
    const bool wrong = (!file.sha256.empty() && file.sha256 != sha256) ||
                       (!file.git_sha1.empty() && file.git_sha1 != git) || (!checksum_.empty() && checksum_ != sha256);
    if (!wrong) return sha256;
    FOVEA_OK(partial_.clear());
    return fail(Code::kDataLoss, fmt::format("'{}' is not what was listed: its digest differs", file.path), what_.where,
                "pull it again; if it stays so, something between here and there changes it");
  }

  const Download& what_;
  Partial partial_;
  uint64_t most_ = 0;
  bool sent_ = false;
  std::string checksum_;
};

}  // namespace

Result<std::string> download(const Download& what) {
  FOVEA_TRY(Partial partial, Partial::open(what.partial));
  const bool resumed = partial.size() > 0;
  auto done = Transfer(what, std::move(partial)).run();
  if (done || done.error().code != Code::kDataLoss || !resumed) return done;
  FOVEA_TRY(Partial fresh, Partial::open(what.partial));  // what lay here was of something else
  FOVEA_OK(fresh.clear());
  return Transfer(what, std::move(fresh)).run();
}

}  // namespace fovea::registry
