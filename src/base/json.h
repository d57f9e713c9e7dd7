// The dynamic value of the house: a JSON value (Boost.JSON), its strict parser and its canonical text.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea {

using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

// Strict RFC 8259, depth at most 64; trailing text is an error. The error's `where` is "byte N".
Result<Json> parse_json(std::string_view text);

// The text of a whole file. The error's `where` is `path`; the byte stands in its message, and its hint says how to
// mend the file.
Result<Json> parse_json_file(std::string_view text, std::string path);

// Compact text; object members in the order in which they were inserted.
std::string to_text(const Json& value);

// RFC 8785 (JCS): members sorted by UTF-16 code units, shortest round-trip numbers. Equal values give equal bytes.
std::string canonical_text(const Json& value);
std::string quoted_text(std::string_view text);  // a string as both of them write it; the text must be UTF-8

// A member by name; null (the static kNullJson) where `object` is no object or has no such member.
const Json& member(const Json& object, std::string_view name);
std::string_view text_or(const Json& value, std::string_view fallback);  // a string's text
double number_or(const Json& value, double fallback);                    // any JSON number

}  // namespace fovea
