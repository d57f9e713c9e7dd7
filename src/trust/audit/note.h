// Signed notes (C2SP signed-note): a text, a blank line, and lines "— NAME BASE64(key id || signature)".
// Keys are Ed25519 as Go's golang.org/x/mod/sumdb/note writes them: "NAME+ID+BASE64(0x01 || public key)" and
// "PRIVATE+KEY+NAME+ID+BASE64(0x01 || seed)".
// Threads: any. Errors: kInvalidArgument malformed, kUnauthenticated no valid signature by the key.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::audit {

struct VerifyKey {
  std::string name;
  std::array<uint8_t, 4> id{};
  std::array<uint8_t, 32> key{};

  static Result<VerifyKey> parse(std::string_view text);
  static VerifyKey of(std::string_view name, const std::array<uint8_t, 32>& key);
  std::string text() const;
  std::string pem() const;  // as OpenSSL reads a public key
  bool verify(std::string_view message, std::string_view signature) const;
};

// Holds a secret: never logged, written only by key.h.
class SigningKey {
 public:
  static SigningKey from_seed(std::string_view name, const std::array<uint8_t, 32>& seed);
  static Result<SigningKey> parse(std::string_view text);
  std::string text() const;
  std::string sign(std::string_view message) const;  // 64 bytes
  const VerifyKey& verify_key() const { return verify_; }

 private:
  std::array<uint8_t, 32> seed_{};
  VerifyKey verify_;
};

Result<void> check_name(std::string_view name);  // a key's name: not empty, no space, no '+', UTF-8

// `text` ends with a newline.
std::string sign_note(std::string_view text, const SigningKey& key);
// The text of a note that `key` signed. Signatures of other keys are passed over, as the format demands.
Result<std::string> open_note(std::string_view note, const VerifyKey& key);

}  // namespace fovea::audit
