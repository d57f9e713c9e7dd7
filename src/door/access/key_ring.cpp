#include "door/access/key_ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/yaml/yaml.h"
#include "door/access/certificate_names.h"
#include "door/access/limits.h"
#include "flow/file/reader.h"

namespace fovea::access {
namespace {

using file::Reader;
using file::Shape;
using file::Want;

const Shape& file_shape() {
  static const Shape shape{"keys file", "", {{"keys", Want::kShapes, "a list of keys", true}}};
  return shape;
}
const Shape& entry_shape() {
  static const Shape shape{"key",
                           "",
                           {{"name", Want::kName, "say what it is called in logs", true},
                            {"key", Want::kShape, ""},
                            {"certificate", Want::kText, ""},
                            {"role", Want::kChoice, "viewer, caller, operator, approver or admin", true},
                            {"tenant", Want::kName, ""},
                            {"priority", Want::kChoice, ""},
                            {"models", Want::kChoices, ""},
                            {"quota", Want::kShape, ""}}};
  return shape;
}
const Shape& reference_shape() {
  static const Shape shape{"reference to a key",
                           "",
                           {{"env", Want::kText, "", false, true},
                            {"file", Want::kText, "", false, true},
                            {"sha256", Want::kText, "", false, true}}};
  return shape;
}
const Shape& quota_shape() {
  static const Shape shape{"quota",
                           "",
                           {{"requests_per_minute", Want::kWhole, ""},
                            {"tokens_per_minute", Want::kWhole, ""},
                            {"at_once", Want::kWhole, ""}}};
  return shape;
}

// What a variable or a file gave. A newline at its end is an editor's, not the key's.
Result<Digest> digest_of(const Reader& in, Place place, std::string key, const std::string& from) {
  if (key.ends_with('\n')) key.pop_back();
  if (key.ends_with('\r')) key.pop_back();
  if (key.size() < kKeyBytesMin) {
    return in.bad(place, fmt::format("the key of {} has fewer than {} bytes", from, kKeyBytesMin),
                  "make one with: openssl rand -hex 32");
  }
  const bool plain = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7F; });
  if (!plain || key.size() > kKeyBytesMax) {
    return in.bad(place, fmt::format("the key of {} does not fit into a header", from),
                  fmt::format("visible ASCII characters, at most {}", kKeyBytesMax));
  }
  return sha256(key);
}

class RingReader {
 public:
  RingReader(Files& files, const std::string& path, const Variable& variable)
      : files_(files), variable_(variable), in_(files, path) {
    ring_.files.push_back(path);
  }

  Result<KeyRing> read(const Yaml& root) {
    FOVEA_OK(in_.check_keys(root, file_shape()));
    const Yaml& list = *root.find("keys");
    if (list.kind != Yaml::Kind::kList || list.items.empty()) {
      return in_.bad(list.place, "'keys' is a list of at least one key");
    }
    if (list.items.size() > kKeysMax) {
      return in_.bad(list.place, fmt::format("over {} keys", kKeysMax), {}, Code::kResourceExhausted);
    }
    for (const Yaml& item : list.items) FOVEA_OK(read_entry(item));
    return std::move(ring_);
  }

 private:
  Result<void> read_entry(const Yaml& node) {
    KeyEntry out;
    FOVEA_OK(in_.check_keys(node, entry_shape()));
    const Yaml& name = *node.find("name");
    FOVEA_TRY(out.name, in_.name(name, "name"));
    if (!names_.insert(out.name).second) return in_.bad(name.place, fmt::format("a second key '{}'", out.name));
    FOVEA_TRY(const size_t role, in_.choice(*node.find("role"), "role", kRoleNames));
    out.role = static_cast<Role>(role);
    out.tenant = out.name;
    if (const Yaml* each = node.find("tenant")) {
      FOVEA_TRY(out.tenant, in_.name(*each, "tenant"));
    }
    if (const Yaml* each = node.find("priority")) {
      constexpr std::string_view kPriorityNames[] = {"interactive", "standard", "batch"};
      FOVEA_TRY(const size_t priority, in_.choice(*each, "priority", kPriorityNames));
      out.priority = out.priority_best = static_cast<schedule::Priority>(priority);
    }
    if (const Yaml* each = node.find("models")) FOVEA_OK(read_models(*each, out));
    if (const Yaml* each = node.find("quota")) FOVEA_OK(read_quota(*each, out.quota));
    if (const Yaml* each = node.find("certificate")) FOVEA_OK(read_certificate(*each, out));
    if (const Yaml* each = node.find("key")) FOVEA_OK(read_reference(*each, out));
    if (!out.digest && out.certificate.empty()) {
      return in_.bad(node.place, fmt::format("'{}' has neither a key nor a certificate", out.name),
                     "key: { env: NAME }, or certificate: dns:NAME");
    }
    ring_.entries.push_back(std::move(out));
    return {};
  }

  Result<void> read_reference(const Yaml& node, KeyEntry& out) {
    if (node.kind == Yaml::Kind::kScalar) {
      return in_.bad(node.place, "a key is named by reference, never written into the file",
                     "key: { env: NAME }, { file: PATH } or { sha256: HEX }");
    }
    FOVEA_OK(in_.check_keys(node, reference_shape()));
    const auto& [kind, value] = Reader::kind_of(node, reference_shape());
    FOVEA_TRY(const std::string text, in_.text(value, kind));
    if (kind == "env") {
      const auto key = variable_(text);
      if (!key) {
        return in_.bad(value.place, fmt::format("the environment variable {} is not set", text), {}, Code::kNotFound);
      }
      FOVEA_TRY(out.digest, digest_of(in_, value.place, *key, text));
    } else if (kind == "file") {
      const std::string path = in_.joined(text);
      auto key = files_.read(path, 0, kKeyBytesMax + 3);
      if (!key) return in_.bad(value.place, key.error().text(), {}, key.error().code);
      ring_.files.push_back(path);
      FOVEA_TRY(out.digest, digest_of(in_, value.place, std::move(*key), path));
    } else {
      const auto bytes = from_hex(text);
      if (!bytes || bytes->size() != Digest{}.size()) {
        return in_.bad(value.place, "'sha256' is 64 hexadecimal digits", "printf %s KEY | sha256sum");
      }
      out.digest.emplace();
      std::ranges::copy(*bytes, out.digest->begin());
    }
    const auto same = std::ranges::find(ring_.entries, out.digest, &KeyEntry::digest);
    if (same != ring_.entries.end()) {
      return in_.bad(node.place, fmt::format("'{}' has the same key as '{}'", out.name, same->name));
    }
    return {};
  }

  Result<void> read_certificate(const Yaml& node, KeyEntry& out) {
    FOVEA_TRY(out.certificate, in_.text(node, "certificate"));
    if (!is_certificate_name(out.certificate)) {
      return in_.bad(node.place, "is no name of a certificate", "dns:HOST, uri:URI, email:ADDRESS or cn:COMMON-NAME");
    }
    const auto same = std::ranges::find(ring_.entries, out.certificate, &KeyEntry::certificate);
    if (same != ring_.entries.end()) {
      return in_.bad(node.place, fmt::format("'{}' has the same certificate as '{}'", out.name, same->name));
    }
    return {};
  }

  Result<void> read_models(const Yaml& node, KeyEntry& out) {
    if (node.kind != Yaml::Kind::kList || node.items.empty() || node.items.size() > kModelsMax) {
      return in_.bad(node.place, fmt::format("'models' is a list of 1 to {} names", kModelsMax),
                     "leave it out for all");
    }
    std::vector<std::string> models;
    for (const Yaml& item : node.items) {
      FOVEA_TRY(std::string model, in_.text(item, "models"));
      models.push_back(std::move(model));
    }
    out.models = std::make_shared<const std::vector<std::string>>(std::move(models));
    return {};
  }

  Result<void> read_quota(const Yaml& node, QuotaLimits& out) {
    FOVEA_OK(in_.check_keys(node, quota_shape()));
    const auto take = [&](std::string_view key, int64_t most, int64_t& into) -> Result<void> {
      if (const Yaml* each = node.find(key)) {
        FOVEA_TRY(into, in_.whole(*each, key, 1, most));
      }
      return {};
    };
    FOVEA_OK(take("requests_per_minute", kPerMinuteMax, out.requests_per_minute));
    FOVEA_OK(take("tokens_per_minute", kPerMinuteMax, out.tokens_per_minute));
    return take("at_once", kAtOnceMax, out.at_once);
  }

  Files& files_;
  const Variable& variable_;
  Reader in_;
  KeyRing ring_;
  std::set<std::string> names_;
};

}  // namespace

Variable process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Result<KeyRing> read_keys(Files& files, const std::string& path, const Variable& variable) {
  FOVEA_TRY(const uint64_t bytes, files.size(path));
  if (bytes > kKeysFileBytesMax) {
    return fail(Code::kResourceExhausted, fmt::format("is longer than {} bytes", kKeysFileBytesMax), path);
  }
  FOVEA_TRY(const std::string text, files.read(path, 0, kKeysFileBytesMax));
  FOVEA_TRY(const Yaml root, parse_yaml(path, text));
  return RingReader(files, path, variable).read(root);
}

KeyRing admin_ring(std::string name, std::string_view key) {
  KeyEntry entry;
  entry.tenant = entry.name = std::move(name);
  entry.digest = sha256(key);
  entry.role = Role::kAdmin;
  return {{std::move(entry)}, {}};
}

}  // namespace fovea::access
