#include "serve/remote/secret.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "serve/remote/limits.h"

namespace fovea::remote {
namespace {

constexpr std::string_view kFile = "file:";

bool is_variable(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

bool is_secret_reference(std::string_view text) {
  if (!text.starts_with("${") || !text.ends_with('}')) return false;
  const std::string_view inner = text.substr(2, text.size() - 3);
  if (inner.starts_with(kFile)) return inner.size() > kFile.size() && inner.find('}') == std::string_view::npos;
  return is_variable(inner);
}

Result<std::string> secret_value(std::string_view reference, const std::string& folder) {
  if (!is_secret_reference(reference)) return fail(Code::kInvalidArgument, "is no reference to a secret");
  const std::string inner(reference.substr(2, reference.size() - 3));
  std::string value;
  if (inner.starts_with(kFile)) {
    const std::string path = (std::filesystem::path(folder) / inner.substr(kFile.size())).string();
    FOVEA_TRY(value, read_file(path, kSecretBytesMax));
    if (value.ends_with('\n')) value.pop_back();
  } else {
    const char* found = std::getenv(inner.c_str());
    if (!found) return fail(Code::kNotFound, "the environment has no such variable", std::string(reference));
    value = found;
  }
  if (value.empty()) return fail(Code::kInvalidArgument, "the secret is empty", std::string(reference));
  return value;
}

}  // namespace fovea::remote
