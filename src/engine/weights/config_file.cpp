#include "engine/weights/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/files.h"
#include "base/suggest.h"
#include "engine/weights/limits.h"

namespace fovea::weights {
namespace {

constexpr const char* kMend = "mend it, or fetch the file again";

}  // namespace

Result<ConfigFile> ConfigFile::open(const std::string& path) {
  FOVEA_TRY(const std::string text, read_file(path, kConfigBytesMax));
  return parse(text, path);
}

Result<ConfigFile> ConfigFile::parse(std::string_view text, std::string path) {
  FOVEA_TRY(Json json, parse_json_file(text, path));
  if (!json.is_object()) return fail(Code::kInvalidArgument, "must be a JSON object", std::move(path), kMend);
  ConfigFile config;
  config.root_ = std::move(json);
  config.path_ = std::move(path);
  return config;
}

Result<int64_t> ConfigFile::integer(std::string_view field, int64_t least, int64_t most) const {
  const Json& value = member(root_, field);
  if (value.is_null()) {
    std::vector<std::string_view> names;
    for (const auto& entry : root_.get_object())
      if (entry.key() != field) names.push_back(entry.key());  // it may be there as null
    const bool none_near = std::none_of(names.begin(), names.end(), [&](std::string_view name) {
      return edit_distance(name, field) <= field.size() / 3;
    });
    return fail(Code::kInvalidArgument, "is missing", where(field), none_near ? kMend : suggest(field, names));
  }
  if (!value.is_int64() || value.get_int64() < least || value.get_int64() > most)
    return fail(Code::kInvalidArgument,
                fmt::format("must be a whole number from {} to {}, is {}", least, most, to_text(value).substr(0, 40)),
                where(field), kMend);
  return value.get_int64();
}

Result<int64_t> ConfigFile::integer_or(std::string_view field, int64_t fallback, int64_t least, int64_t most) const {
  if (!has(field)) return fallback;
  return integer(field, least, most);
}

Result<double> ConfigFile::number_or(std::string_view field, double fallback, double least, double most) const {
  const Json& value = member(root_, field);
  if (value.is_null()) return fallback;
  const double number = fovea::number_or(value, NAN);
  if (!(number >= least && number <= most))
    return fail(Code::kInvalidArgument,
                fmt::format("must be a number from {} to {}, is {}", least, most, to_text(value).substr(0, 40)),
                where(field), kMend);
  return number;
}

Result<bool> ConfigFile::boolean_or(std::string_view field, bool fallback) const {
  const Json& value = member(root_, field);
  if (value.is_null()) return fallback;
  if (!value.is_bool()) return fail(Code::kInvalidArgument, "must be true or false", where(field), kMend);
  return value.get_bool();
}

Result<std::string> ConfigFile::text(std::string_view field) const {
  const Json& value = member(root_, field);
  if (!value.is_string())
    return fail(Code::kInvalidArgument, value.is_null() ? "is missing" : "must be a text", where(field), kMend);
  return std::string(value.get_string());
}

Result<std::string> ConfigFile::text_or(std::string_view field, std::string_view fallback) const {
  if (!has(field)) return std::string(fallback);
  return text(field);
}

Result<std::string> ConfigFile::choice_or(std::string_view field, std::string_view fallback,
                                          std::initializer_list<std::string_view> choices) const {
  FOVEA_TRY(std::string value, text_or(field, fallback));
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    std::string list = fmt::format("{}", fmt::join(choices, ", "));
    return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", value), where(field), "one of: " + list);
  }
  return value;
}

Result<Json> read_json_list(const std::string& path) {
  FOVEA_TRY(const std::string text, read_file(path, kConfigBytesMax));
  FOVEA_TRY(Json json, parse_json_file(text, path));
  if (!json.is_array()) return fail(Code::kInvalidArgument, "must be a JSON list", path, kMend);
  return json;
}

}  // namespace fovea::weights
