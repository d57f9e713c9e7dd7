#include "base/json_reader.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>

namespace fovea {
namespace {

constexpr size_t kDepthMax = 64;
constexpr auto kTooMany = boost::json::error::array_too_large;  // values; the parser itself has no limit for arrays

// Builds the value as boost::json::parser does, but reads every double to the nearest one: Boost 1.81 is off by a bit
// in one of eight, and a number that is kept must come back as it was (a decision is proven by its text).
struct Builder {
  using Error = boost::system::error_code;
  using Text = boost::json::string_view;
  static constexpr size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX, max_key_size = SIZE_MAX,
                          max_string_size = SIZE_MAX;
  boost::json::value_stack stack;
  std::string digits;  // of a number that came in parts
  size_t values_left = SIZE_MAX;

  bool count(Error& error) {
    if (values_left-- > 0) return true;
    error = kTooMany;
    return false;
  }

  bool on_document_begin(Error&) {
    stack.reset();
    return true;
  }
  bool on_document_end(Error&) { return true; }
  bool on_array_begin(Error& error) { return count(error); }
  bool on_array_end(size_t count, Error&) {
    stack.push_array(count);
    return true;
  }
  bool on_object_begin(Error& error) { return count(error); }
  bool on_object_end(size_t count, Error&) {
    stack.push_object(count);
    return true;
  }
  bool on_key_part(Text text, size_t, Error&) {
    stack.push_chars(text);
    return true;
  }
  bool on_key(Text text, size_t, Error&) {
    stack.push_key(text);
    return true;
  }
  bool on_string_part(Text text, size_t, Error&) {
    stack.push_chars(text);
    return true;
  }
  bool on_string(Text text, size_t, Error& error) {
    stack.push_string(text);
    return count(error);
  }
  bool on_number_part(Text text, Error&) {
    digits.append(text.data(), text.size());
    return true;
  }
  bool on_int64(int64_t value, Text, Error& error) {
    stack.push_int64(value);
    digits.clear();
    return count(error);
  }
  bool on_uint64(uint64_t value, Text, Error& error) {
    stack.push_uint64(value);
    digits.clear();
    return count(error);
  }
  bool on_double(double value, Text text, Error& error) {
    digits.append(text.data(), text.size());
    double nearest = value;  // stays for what is too small for a double
    std::from_chars(digits.data(), digits.data() + digits.size(), nearest);
    digits.clear();
    if (!std::isfinite(nearest)) {
      error = boost::json::error::exponent_overflow;
      return false;
    }
    stack.push_double(nearest);
    return count(error);
  }
  bool on_bool(bool value, Error& error) {
    stack.push_bool(value);
    return count(error);
  }
  bool on_null(Error& error) {
    stack.push_null();
    return count(error);
  }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }
};

}  // namespace

std::expected<Json, NoJson> read_json(std::string_view text, size_t values_max) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = kDepthMax;
  boost::json::basic_parser<Builder> parser(options);
  parser.handler().values_left = values_max;
  const size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used == text.size()) return parser.handler().stack.release();
  NoJson out{"text after the end of the value", used};
  out.too_deep = error == boost::json::error::too_deep;
  out.too_many = error == kTooMany;
  if (out.too_many) {
    out.why = fmt::format("more than {} values", values_max);
  } else if (out.too_deep) {
    out.why = fmt::format("nested more than {} levels deep", kDepthMax);
  } else if (error) {
    out.why = error.message();
  }
  return std::unexpected(std::move(out));
}

Result<Json> parse_json_within(std::string_view text, size_t values_max) {
  auto json = read_json(text, values_max);
  if (json) return std::move(*json);
  return fail(Code::kInvalidArgument, (json.error().too_many ? "has " : "not JSON: ") + json.error().why,
              fmt::format("byte {}", json.error().at));
}

}  // namespace fovea
