#include "serve/registry/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/utf8.h"
#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

std::string_view extension_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

bool is_hidden(std::string_view path) {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

// Of other frameworks: not needed beside safetensors or packed weights.
bool is_foreign_weight(std::string_view path) {
  constexpr std::string_view kForeign[] = {"bin",       "h5",      "msgpack", "ot",       "ckpt", "onnx",
                                           "onnx_data", "pt",      "pth",     "tflite",   "pb",   "gguf",
                                           "xml",       "mlmodel", "npz",     "mlpackage"};
  return std::ranges::find(kForeign, extension_of(path)) != std::end(kForeign);
}

Result<void> check_path(const std::string& path, const std::string& where) {
  const auto wrong = [&](const char* why) {
    return fail(Code::kInvalidArgument,
                fmt::format("it lists a file that {}: '{}'", why, repair_utf8(path.substr(0, 200))), where,
                "nothing of it was written");
  };
  if (path.empty() || path.size() > kPathBytesMax) return wrong("has no name, or too long a one");
  if (!is_utf8(path)) return wrong("is not named in UTF-8");
  if (std::ranges::any_of(path, [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f || c == '\\'; }))
    return wrong("has control characters or backslashes");
  size_t depth = 0;
  for (std::string_view rest = path;;) {
    const size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return wrong("leaves its folder");
    if (part.size() > 255) return wrong("has too long a name");
    if (++depth > kPathDepthMax) return wrong("lies too deep");
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<void> check_listing(Listing& listing, const std::string& where) {
  for (const RemoteFile& file : listing.files) FOVEA_OK(check_path(file.path, where));
  std::erase_if(listing.files, [](const RemoteFile& file) { return is_hidden(file.path); });
  const bool ours = std::ranges::any_of(listing.files, [](const RemoteFile& file) {
    const std::string_view extension = extension_of(file.path);
    return extension == "safetensors" || extension == "fovea" || extension == "fvl";
  });
  if (ours) std::erase_if(listing.files, [](const RemoteFile& file) { return is_foreign_weight(file.path); });
  if (listing.files.empty())
    return fail(Code::kNotFound, "no file of a model is there", where, "is the address that of the model's folder?");
  if (listing.files.size() > kFilesMax)
    return fail(Code::kResourceExhausted, fmt::format("more than {} files", kFilesMax), where,
                "give the address of one model");
  std::set<std::string> paths;
  uint64_t bytes = 0;
  for (const RemoteFile& file : listing.files) {
    if (!paths.insert(file.path).second)
      return fail(Code::kInvalidArgument, fmt::format("it lists '{}' twice", file.path), where);
    const uint64_t own = file.bytes.value_or(0);
    if (own > kModelBytesMax || (bytes += own) > kModelBytesMax)
      return fail(Code::kResourceExhausted, fmt::format("more than {} GiB", kModelBytesMax >> 30), where);
  }
  for (const std::string& path : paths)
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
      if (paths.contains(path.substr(0, slash)))
        return fail(Code::kInvalidArgument, fmt::format("'{}' is a file and a folder", path.substr(0, slash)), where);
  return {};
}

Result<Listing> list_model(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable) {
  switch (address.kind) {
    case ModelAddress::Kind::kHub:
      return list_hub(address, http, variable);
    case ModelAddress::Kind::kMlflow:
      return list_mlflow(address, http, variable);
    case ModelAddress::Kind::kS3:
      return list_s3(address, http, variable);
    case ModelAddress::Kind::kFolder:
      break;
  }
  return fail(Code::kInvalidArgument, "is a folder, there is nothing to pull", address.text);
}

Error refused(const fetch::HttpReply& reply, const std::string& where, std::string message) {
  constexpr size_t kSaidMax = 300;
  message = repair_utf8(message.substr(0, kSaidMax));
  std::ranges::replace_if(message, [](char c) { return static_cast<uint8_t>(c) < 0x20; }, ' ');
  const auto made = [&](Code code, std::string hint) {
    return Error{code, fmt::format("status {}{}{}", reply.status, message.empty() ? "" : ": ", message), where,
                 std::move(hint)};
  };
  switch (reply.status) {
    case 401:
      return made(Code::kUnauthenticated, "give the credentials of its client by environment variable");
    case 403:
      return made(Code::kPermissionDenied, "may these credentials read it?");
    case 404:
    case 410:
      return made(Code::kNotFound, "is the address right?");
    case 408:
    case 429:
      return made(Code::kUnavailable, "try again later");
    case 412:
      return made(Code::kAborted, "it was changed while it was pulled: pull it again");
    default:
      break;
  }
  return made(reply.status >= 500 ? Code::kUnavailable : Code::kInvalidArgument, "");
}

}  // namespace fovea::registry
