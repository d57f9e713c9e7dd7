#include "base/file_digest.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/file_error.h"
#include "base/regular_file.h"

namespace fovea {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

}  // namespace

Result<Digest> sha256_of_file(const std::string& path) {
  FOVEA_TRY(const RegularFile file, RegularFile::open(path));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  FOVEA_CHECK(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  std::vector<char> piece(kPieceBytes);
  for (;;) {
    const ssize_t count = ::read(file.descriptor(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(file_error("read", path, errno));
    if (count == 0) break;
    FOVEA_CHECK(EVP_DigestUpdate(context.get(), piece.data(), static_cast<size_t>(count)) == 1);
  }
  Digest digest;
  FOVEA_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

}  // namespace fovea
