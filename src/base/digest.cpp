#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

#include "base/check.h"

namespace fovea {

namespace {

constexpr size_t kBlockBytes = 64;  // of SHA-256

// OpenSSL looks its algorithms up by name at each one-shot call, which costs more than hashing a short text; so the
// lookup is made once and a context kept by each thread.
class Sha256 {
 public:
  Digest of(std::string_view first, std::string_view second = {}) {
    Digest out;
    bool done = EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) == 1 &&
                EVP_DigestUpdate(context_.get(), first.data(), first.size()) == 1 &&
                EVP_DigestUpdate(context_.get(), second.data(), second.size()) == 1 &&
                EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
    FOVEA_CHECK(done);
    return out;
  }

 private:
  static const EVP_MD* algorithm() {
    static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched;
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256& hasher() {
  static thread_local Sha256 own;
  return own;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  return hasher().of(bytes);
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {  // RFC 2104
  Digest short_key;
  if (key.size() > kBlockBytes) {
    short_key = sha256(key);
    key = bytes_of(short_key);
  }
  std::array<char, kBlockBytes> inner, outer;
  for (size_t i = 0; i < kBlockBytes; ++i) {
    char k = i < key.size() ? key[i] : '\0';
    inner[i] = static_cast<char>(k ^ 0x36);
    outer[i] = static_cast<char>(k ^ 0x5c);
  }
  Digest within = hasher().of({inner.data(), inner.size()}, bytes);
  Digest out = hasher().of({outer.data(), outer.size()}, bytes_of(within));
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return out;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

Result<std::string> from_hex(std::string_view hex) {
  auto value = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  if (hex.size() % 2 != 0) return fail(Code::kInvalidArgument, "hex text has an odd length");
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) {
    int high = value(hex[i]), low = value(hex[i + 1]);
    if (high < 0 || low < 0) return fail(Code::kInvalidArgument, "not hex text");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                               reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

Result<std::string> from_base64(std::string_view text) {
  auto bad = [] { return fail(Code::kInvalidArgument, "not base64 text"); };
  if (text.size() % 4 != 0) return bad();
  size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  for (char c : text.substr(0, text.size() - padding)) {
    bool fits = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (!fits) return bad();
  }
  std::string out(text.size() / 4 * 3, '\0');
  int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                               reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return bad();
  out.resize(out.size() - padding);
  if (to_base64(out) != text) return bad();  // refuses stray bits in the last group
  return out;
}

std::string random_bytes(size_t count) {
  std::string out(count, '\0');
  FOVEA_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1);
  return out;
}

}  // namespace fovea
