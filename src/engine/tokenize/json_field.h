// A value of a JSON file together with where it stands, so that every complaint names file and field.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace fovea::tokenize {

constexpr const char* kMendField = "mend it, or fetch the file again";

class JsonField {
 public:
  JsonField(const Json& value, std::string where) : value_(&value), where_(std::move(where)) {}

  const Json& value() const { return *value_; }
  const std::string& where() const { return where_; }
  bool absent() const { return value_->is_null(); }

  JsonField at(std::string_view name) const {
    return {member(*value_, name), where_ + (where_.ends_with(": ") ? "" : ".") + std::string(name)};
  }
  JsonField at(size_t index) const { return {value_->as_array()[index], fmt::format("{}[{}]", where_, index)}; }
  std::string_view type() const { return text_or(member(*value_, "type"), ""); }

  std::unexpected<Error> malformed(std::string message, std::string hint = kMendField) const {
    return fail(Code::kInvalidArgument, std::move(message), where_, std::move(hint));
  }
  std::unexpected<Error> unsupported(std::string_view kind, std::string supported) const {
    return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", kind), where_, "supported: " + supported);
  }

  Result<std::string> text() const {
    if (!value_->is_string()) return malformed("must be a text");
    return std::string(value_->get_string());
  }
  Result<bool> flag_or(bool fallback) const {
    if (absent()) return fallback;
    if (!value_->is_bool()) return malformed("must be true or false");
    return value_->get_bool();
  }
  // The elements' number; an error where it is no list or has more than `most`.
  Result<size_t> list_size(size_t most) const {
    if (!value_->is_array()) return malformed("must be a list");
    if (value_->get_array().size() > most) return malformed(fmt::format("has more than {} entries", most));
    return value_->get_array().size();
  }
  Result<int32_t> whole_number(int64_t least, int64_t most) const {
    const bool fits = value_->is_int64() && value_->get_int64() >= least && value_->get_int64() <= most;
    if (!fits) return malformed(fmt::format("must be a whole number from {} to {}", least, most));
    return static_cast<int32_t>(value_->get_int64());
  }

 private:
  const Json* value_;
  std::string where_;
};

}  // namespace fovea::tokenize
