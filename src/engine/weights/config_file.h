// A JSON file of settings (config.json and its like): typed fields with bounds, errors that name file and field.
// Threads: any, after open().
// Errors: kNotFound (no file), kInvalidArgument (no JSON object, a missing field, wrong type, out of bounds); `where`
// is "FILE: field".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace fovea::weights {

class ConfigFile {
 public:
  static Result<ConfigFile> open(const std::string& path);
  static Result<ConfigFile> parse(std::string_view text, std::string path);

  const Json& root() const { return root_; }
  const std::string& path() const { return path_; }
  bool has(std::string_view field) const { return !member(root_, field).is_null(); }
  std::string where(std::string_view field) const { return path_ + ": " + std::string(field); }

  // A field that must be there; `*_or` gives the fallback where it is absent or null.
  Result<int64_t> integer(std::string_view field, int64_t least, int64_t most) const;
  Result<int64_t> integer_or(std::string_view field, int64_t fallback, int64_t least, int64_t most) const;
  Result<double> number_or(std::string_view field, double fallback, double least, double most) const;
  Result<bool> boolean_or(std::string_view field, bool fallback) const;
  Result<std::string> text(std::string_view field) const;
  Result<std::string> text_or(std::string_view field, std::string_view fallback) const;
  // The text must be one of `choices`; the error lists them.
  Result<std::string> choice_or(std::string_view field, std::string_view fallback,
                                std::initializer_list<std::string_view> choices) const;

 private:
  Json root_;
  std::string path_;
};

// A file whose root is a list (modules.json). Errors: as above.
Result<Json> read_json_list(const std::string& path);

}  // namespace fovea::weights
