#include "trust/audit/note.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/check.h"
#include "base/digest.h"
#include "base/utf8.h"
#include "trust/audit/limits.h"

namespace fovea::audit {
namespace {

constexpr char kEd25519 = 1;  // the algorithm's byte in keys and key ids
constexpr std::string_view kDash = "\xE2\x80\x94 ";
constexpr std::string_view kPrivate = "PRIVATE+KEY+";

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyDeleter>;
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

struct KeyText {
  std::string name;
  std::string id;
  std::string bytes;  // 32
};

// "NAME+8 hex digits+BASE64(0x01 || 32 bytes)"
Result<KeyText> parse_key_text(std::string_view text) {
  auto bad = [](const char* why) { return fail(Code::kInvalidArgument, std::string("not a key of a log: ") + why); };
  size_t first = text.find('+');
  if (first == std::string_view::npos) return bad("no '+'");
  size_t second = text.find('+', first + 1);
  if (second == std::string_view::npos) return bad("no second '+'");
  KeyText out{.name = std::string(text.substr(0, first)), .id = {}, .bytes = {}};
  FOVEA_OK(check_name(out.name));
  std::string_view hex = text.substr(first + 1, second - first - 1);
  auto id = from_hex(hex);
  if (!id || id->size() != 4 || to_hex(*id) != hex) return bad("the key id is not eight hex digits");
  auto bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->size() != 33) return bad("the key is not base64 of 33 bytes");
  if ((*bytes)[0] != kEd25519) return bad("its algorithm is not Ed25519");
  out.id = *id;
  out.bytes = bytes->substr(1);
  return out;
}

std::array<uint8_t, 32> array_of(std::string_view bytes) {
  std::array<uint8_t, 32> out;
  FOVEA_CHECK(bytes.size() == out.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

template <size_t N>
std::string_view view_of(const std::array<uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

// The signature of `line` ("— NAME BASE64") if it is one of `key`'s; empty if it is another's.
Result<std::string> signature_by(std::string_view line, const VerifyKey& key) {
  auto bad = [] { return fail(Code::kInvalidArgument, "a signature line of the note is malformed"); };
  if (!line.starts_with(kDash)) return bad();
  line.remove_prefix(kDash.size());
  size_t space = line.find(' ');
  if (space == std::string_view::npos) return bad();
  std::string_view name = line.substr(0, space);
  auto bytes = from_base64(line.substr(space + 1));
  if (!check_name(name) || !bytes || bytes->size() < 5) return bad();
  if (name != key.name || std::string_view(*bytes).substr(0, 4) != view_of(key.id)) return std::string();
  return bytes->substr(4);
}

}  // namespace

Result<void> check_name(std::string_view name) {
  bool fits = !name.empty() && name.size() <= kOriginBytesMax && is_utf8(name);
  for (size_t at = 0; fits && at < name.size();) {
    char32_t c = next_code_point(name, at);
    // Unicode's White_Space, and controls.
    fits = c > 0x20 && c != '+' && !(c >= 0x7F && c <= 0xA0) && c != 0x1680 && !(c >= 0x2000 && c <= 0x200A) &&
           c != 0x2028 && c != 0x2029 && c != 0x202F && c != 0x205F && c != 0x3000;
  }
  if (!fits) {
    return fail(Code::kInvalidArgument, "not a name for a log's key", std::string(name.substr(0, 80)),
                "use something like example.com/fovea: no spaces, no '+', at most 200 bytes");
  }
  return {};
}

VerifyKey VerifyKey::of(std::string_view name, const std::array<uint8_t, 32>& key) {
  VerifyKey out{.name = std::string(name), .id = {}, .key = key};
  std::string bytes(name);
  bytes += '\n';
  bytes += kEd25519;
  bytes += view_of(key);
  Digest digest = sha256(bytes);
  std::copy_n(digest.begin(), out.id.size(), out.id.begin());
  return out;
}

Result<VerifyKey> VerifyKey::parse(std::string_view text) {
  FOVEA_TRY(KeyText parts, parse_key_text(text));
  VerifyKey key = of(parts.name, array_of(parts.bytes));
  if (view_of(key.id) != parts.id) return fail(Code::kInvalidArgument, "the key's id does not belong to the key");
  return key;
}

std::string VerifyKey::text() const {
  return name + "+" + to_hex(view_of(id)) + "+" + to_base64(kEd25519 + std::string(view_of(key)));
}

std::string VerifyKey::pem() const {
  // RFC 8410 4: SubjectPublicKeyInfo of an Ed25519 key is this prefix and the key.
  constexpr std::string_view kPrefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
  return "-----BEGIN PUBLIC KEY-----\n" + to_base64(std::string(kPrefix) + std::string(view_of(key))) +
         "\n-----END PUBLIC KEY-----\n";
}

bool VerifyKey::verify(std::string_view message, std::string_view signature) const {
  Key opened(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  Context context(EVP_MD_CTX_new());
  return opened && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, opened.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
}

SigningKey SigningKey::from_seed(std::string_view name, const std::array<uint8_t, 32>& seed) {
  SigningKey out;
  out.seed_ = seed;
  Key opened(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  std::array<uint8_t, 32> key{};
  size_t length = key.size();
  FOVEA_CHECK(opened && EVP_PKEY_get_raw_public_key(opened.get(), key.data(), &length) == 1 && length == key.size());
  out.verify_ = VerifyKey::of(name, key);
  return out;
}

Result<SigningKey> SigningKey::parse(std::string_view text) {
  if (!text.starts_with(kPrivate)) return fail(Code::kInvalidArgument, "not a private key of a log");
  FOVEA_TRY(KeyText parts, parse_key_text(text.substr(kPrivate.size())));
  SigningKey key = from_seed(parts.name, array_of(parts.bytes));
  if (view_of(key.verify_.id) != parts.id) {
    return fail(Code::kInvalidArgument, "the private key's id does not belong to the key");
  }
  return key;
}

std::string SigningKey::text() const {
  return std::string(kPrivate) + verify_.name + "+" + to_hex(view_of(verify_.id)) + "+" +
         to_base64(kEd25519 + std::string(view_of(seed_)));
}

std::string SigningKey::sign(std::string_view message) const {
  Key opened(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(), seed_.size()));
  Context context(EVP_MD_CTX_new());
  std::string out(64, '\0');
  size_t length = out.size();
  FOVEA_CHECK(opened && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, opened.get()) == 1 &&
              EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, raw(message),
                             message.size()) == 1);
  return out;
}

std::string sign_note(std::string_view text, const SigningKey& key) {
  FOVEA_CHECK(text.ends_with('\n'));
  const VerifyKey& by = key.verify_key();
  return std::string(text) + "\n" + std::string(kDash) + by.name + " " +
         to_base64(std::string(view_of(by.id)) + key.sign(text)) + "\n";
}

Result<std::string> open_note(std::string_view note, const VerifyKey& key) {
  auto bad = [](const char* why) { return fail(Code::kInvalidArgument, std::string("not a signed note: ") + why); };
  if (note.size() > kCheckpointBytesMax) return bad("it is too long");
  if (!is_utf8(note)) return bad("it is not UTF-8");
  if (std::ranges::any_of(note, [](char c) { return static_cast<uint8_t>(c) < 0x20 && c != '\n'; })) {
    return bad("it holds a control character");
  }
  size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return bad("no blank line before the signatures");
  std::string_view text = note.substr(0, blank + 1), lines = note.substr(blank + 2);
  if (lines.empty() || !lines.ends_with('\n')) return bad("it does not end in a signature line");
  bool signed_by_key = false;
  for (size_t count = 0; !lines.empty(); ++count) {
    if (count == kSignaturesMax) return bad("it has too many signatures");
    size_t end = lines.find('\n');
    FOVEA_TRY(std::string signature, signature_by(lines.substr(0, end), key));
    lines.remove_prefix(end + 1);
    if (signature.empty()) continue;
    if (signed_by_key) return bad("the key signed twice");
    if (!key.verify(text, signature)) return fail(Code::kUnauthenticated, "the note's signature is wrong");
    signed_by_key = true;
  }
  if (!signed_by_key) return fail(Code::kUnauthenticated, "the note is not signed by " + key.text());
  return std::string(text);
}

}  // namespace fovea::audit
