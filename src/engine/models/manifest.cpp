#include "engine/models/manifest.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/digest.h"
#include "base/file_digest.h"
#include "engine/models/sentence_config.h"
#include "engine/weights/config_file.h"
#include "engine/weights/weight_files.h"

namespace fovea::models {
namespace {

constexpr std::string_view kFormat = "fovea-packed-model";
constexpr int64_t kVersion = 1;

JsonObject map_json(const std::map<std::string, std::string>& map) {
  JsonObject object;
  for (const auto& [name, value] : map) object[name] = value;
  return object;
}

// Golden outputs are kept to the bit: base64 of little-endian fp32.
Json golden_json(const GoldenOutput& golden) {
  JsonArray ids(golden.ids.begin(), golden.ids.end());
  const auto bytes = std::as_bytes(std::span(golden.values));
  return JsonObject{{"ids", std::move(ids)},
                    {"values", to_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()})}};
}

class Reader {
 public:
  explicit Reader(const weights::ConfigFile& file) : file_(file) {}

  std::unexpected<Error> bad(std::string_view field, std::string message) const {
    return fail(Code::kDataLoss, std::move(message), file_.where(field), "import the model again");
  }
  Result<std::map<std::string, std::string>> digests(std::string_view field) const {
    const Json& object = member(file_.root(), field);
    if (!object.is_object()) return bad(field, "must name files and digests");
    std::map<std::string, std::string> map;
    for (const auto& each : object.get_object()) {
      const std::string_view name = each.key();
      if (name.empty() || name.starts_with('/') || name.find("..") != std::string_view::npos)
        return bad(field, fmt::format("'{}' leaves the folder", name));
      map[std::string(name)] = text_or(each.value(), "");
    }
    return map;
  }
  Result<GoldenOutput> golden(const Json& json) const {
    GoldenOutput made;
    const Json& ids = member(json, "ids");
    if (!ids.is_array()) return bad("golden", "needs ids");
    for (const Json& id : ids.get_array()) {
      if (!id.is_int64() || id.get_int64() < 0 || id.get_int64() > INT32_MAX) return bad("golden", "an id is no id");
      made.ids.push_back(static_cast<int32_t>(id.get_int64()));
    }
    const auto bytes = from_base64(text_or(member(json, "values"), ""));
    if (!bytes || bytes->empty() || bytes->size() % sizeof(float) != 0) return bad("golden", "its values are none");
    made.values.resize(bytes->size() / sizeof(float));
    std::memcpy(made.values.data(), bytes->data(), bytes->size());
    for (float value : made.values)
      if (!std::isfinite(value)) return bad("golden", "a value is no number");
    return made;
  }

 private:
  const weights::ConfigFile& file_;
};

}  // namespace

Json manifest_json(const Manifest& manifest) {
  JsonArray golden;
  for (const GoldenOutput& each : manifest.golden) golden.push_back(golden_json(each));
  return JsonObject{{"format", kFormat},
                    {"version", kVersion},
                    {"precision", kernels::precision_name(manifest.precision)},
                    {"source", manifest.source},
                    {"licence", manifest.licence},
                    {"fovea", manifest.fovea},
                    {"isa", manifest.isa},
                    {"files", map_json(manifest.files)},
                    {"source_files", map_json(manifest.source_files)},
                    {"golden", std::move(golden)}};
}

Result<void> write_manifest(Files& files, const std::string& folder, const Manifest& manifest) {
  return files.write_atomic(folder + "/" + std::string(kManifestFileName), to_text(manifest_json(manifest)) + "\n");
}

Result<Manifest> read_manifest(const std::string& folder) {
  FOVEA_TRY(const auto file, weights::ConfigFile::open(folder + "/" + std::string(kManifestFileName)));
  const Reader reader(file);
  if (text_or(member(file.root(), "format"), "") != kFormat) return reader.bad("format", "is not that of an import");
  if (number_or(member(file.root(), "version"), 0) != kVersion)
    return fail(Code::kUnimplemented, fmt::format("only version {} is read", kVersion), file.where("version"),
                "import the model again with this fovea, or use a newer one");
  Manifest manifest;
  const auto precision = kernels::parse_precision(text_or(member(file.root(), "precision"), ""));
  if (!precision) return reader.bad("precision", "is none");
  manifest.precision = *precision;
  for (const auto& [field, text] : {std::pair("source", &manifest.source), std::pair("licence", &manifest.licence),
                                    std::pair("fovea", &manifest.fovea), std::pair("isa", &manifest.isa)}) {
    FOVEA_TRY(*text, file.text_or(field, ""));
  }
  FOVEA_TRY(manifest.files, reader.digests("files"));
  FOVEA_TRY(manifest.source_files, reader.digests("source_files"));
  const Json& golden = member(file.root(), "golden");
  if (!golden.is_array()) return reader.bad("golden", "must be a list");
  for (const Json& each : golden.get_array()) {
    FOVEA_TRY(GoldenOutput one, reader.golden(each));
    manifest.golden.push_back(std::move(one));
  }
  return manifest;
}

Result<std::string> file_digest(const std::string& path) {
  FOVEA_TRY(const Digest digest, sha256_of_file(path));
  return to_hex(bytes_of(digest));
}

Result<std::map<std::string, std::string>> source_digests(const std::string& folder) {
  std::vector<std::string> paths{folder + "/config.json"};
  std::error_code ignored;
  if (std::filesystem::exists(folder + "/features.bin", ignored)) paths.push_back(folder + "/features.bin");
  const auto add = [&](const std::string& from) -> Result<void> {
    FOVEA_TRY(const auto files, weights::WeightFiles::open(from));
    for (std::string& path : files.paths()) paths.push_back(std::move(path));
    return {};
  };
  FOVEA_OK(add(folder));
  FOVEA_TRY(const SentenceConfig sentence, read_sentence_config(folder));
  for (const SentenceStep& step : sentence.steps)
    if (!step.normalise) FOVEA_OK(add(step.folder));
  std::map<std::string, std::string> digests;
  for (const std::string& path : paths) {
    FOVEA_TRY(std::string digest, file_digest(path));
    digests[path.substr(folder.size() + 1)] = std::move(digest);
  }
  return digests;
}

}  // namespace fovea::models
