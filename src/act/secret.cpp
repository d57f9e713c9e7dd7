#include "act/secret.h"

#include <cstdlib>

#include "act/limits.h"

namespace fovea::act {
namespace {

constexpr std::string_view kFile = "file:";
constexpr size_t kHiddenBytesMin = 3;  // a shorter value is no secret, and hiding it would blot out the text

bool is_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (char c : name) {
    bool fits = c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!fits) return false;
  }
  return true;
}

bool is_reference(std::string_view reference) {
  if (reference.starts_with(kFile)) return reference.size() > kFile.size();
  return is_name(reference);
}

// Calls `plain(text)` and `reference(name)` in the order in which they stand; "$$" is a plain dollar sign.
template <typename Plain, typename Reference>
void scan(std::string_view text, const Plain& plain, const Reference& reference) {
  while (!text.empty()) {
    size_t dollar = text.find('$');
    plain(text.substr(0, dollar));
    if (dollar == std::string_view::npos) return;
    text.remove_prefix(dollar);
    size_t end = text.starts_with("${") ? text.find('}') : std::string_view::npos;
    if (text.starts_with("$$")) {
      plain("$");
      text.remove_prefix(2);
    } else if (end != std::string_view::npos && is_reference(text.substr(2, end - 2))) {
      reference(text.substr(2, end - 2));
      text.remove_prefix(end + 1);
    } else {
      plain("$");
      text.remove_prefix(1);
    }
  }
}

}  // namespace

std::vector<std::string> secret_references(std::string_view text) {
  std::vector<std::string> out;
  scan(text, [](std::string_view) {}, [&](std::string_view reference) { out.emplace_back(reference); });
  return out;
}

Secrets::Environment Secrets::process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Secrets::Secrets(Environment environment, Files& files, std::set<std::string> allowed)
    : environment_(std::move(environment)), files_(files), allowed_(std::move(allowed)) {}

Result<std::string> Secrets::value(const std::string& reference) const {
  std::string where = "${" + reference + "}";
  std::string found;
  if (reference.starts_with(kFile)) {
    auto bytes = files_.read(reference.substr(kFile.size()), 0, kSecretBytesMax + 1);
    if (!bytes) return fail(Code::kNotFound, "the secret's file cannot be read", where, bytes.error().message);
    found = std::move(*bytes);
    if (found.ends_with('\n')) found.pop_back();
    if (found.ends_with('\r')) found.pop_back();
  } else {
    auto set = environment_(reference);
    if (!set) return fail(Code::kNotFound, "the secret is not set", where, "set " + reference + " in the environment");
    found = std::move(*set);
  }
  if (found.size() > kSecretBytesMax) return fail(Code::kInvalidArgument, "the secret is too long", where);
  for (char c : found) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) {
      return fail(Code::kInvalidArgument, "the secret holds a control character", where);
    }
  }
  std::lock_guard lock(mutex_);
  if (found.size() >= kHiddenBytesMin) given_.insert(found);
  return found;
}

Result<void> Secrets::check() const {
  for (const std::string& reference : allowed_) FOVEA_OK(value(reference));
  return {};
}

Result<std::string> Secrets::resolve(std::string_view text) const {
  std::string out;
  std::optional<Error> error;
  scan(
      text, [&](std::string_view plain) { out += plain; },
      [&](std::string_view reference) {
        std::string name(reference);
        if (!allowed_.contains(name)) {
          out += "${" + name + "}";
          return;
        }
        auto found = value(name);
        if (found) {
          out += *found;
        } else if (!error) {
          error = found.error();
        }
      });
  if (error) return std::unexpected(std::move(*error));
  return out;
}

std::string Secrets::hide(std::string_view text) const {
  constexpr std::string_view kHidden = "[secret]";
  std::string out(text);
  std::lock_guard lock(mutex_);
  for (const std::string& secret : given_) {
    for (size_t at = 0; (at = out.find(secret, at)) != std::string::npos; at += kHidden.size()) {
      out.replace(at, secret.size(), kHidden);
    }
  }
  return out;
}

}  // namespace fovea::act
