#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/json_reader.h"

namespace fovea {
namespace {

const Json kNullJson;

// JCS sorts by UTF-16 code units: as bytes of UTF-8, except that U+E000..U+FFFF sort after surrogates.
bool utf16_less(std::string_view a, std::string_view b) {
  size_t n = std::min(a.size(), b.size());
  for (size_t i = 0; i < n; ++i) {
    if (a[i] == b[i]) continue;
    auto x = static_cast<unsigned char>(a[i]), y = static_cast<unsigned char>(b[i]);
    // A four-byte lead (F0..F4) encodes surrogates D800..DFFF, which sort before the leads EE and EF (E000..FFFF).
    bool x4 = x >= 0xF0, y4 = y >= 0xF0;
    if (x4 != y4 && (x4 ? y : x) >= 0xEE) return x4;
    return x < y;
  }
  return a.size() < b.size();
}

// ECMAScript Number::toString, as RFC 8785 3.2.2.3 asks.
void write_number(double value, std::string& out) {
  if (!std::isfinite(value)) {  // JSON has no such number
    out += "null";
    return;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  char digits[32];
  auto [end, ec] = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific);
  std::string_view text(digits, static_cast<size_t>(end - digits));
  size_t e = text.find('e');
  int exponent = 0;
  std::string_view exp_text = text.substr(e + 1);
  if (exp_text.front() == '+') exp_text.remove_prefix(1);
  std::from_chars(exp_text.data(), exp_text.data() + exp_text.size(), exponent);
  std::string mantissa;
  for (char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') mantissa += c;
  }
  if (value < 0) out += '-';
  int n = exponent + 1, k = static_cast<int>(mantissa.size());
  if (k <= n && n <= 21) {
    out += mantissa + std::string(static_cast<size_t>(n - k), '0');
  } else if (0 < n && n <= 21) {
    out += mantissa.substr(0, static_cast<size_t>(n)) + "." + mantissa.substr(static_cast<size_t>(n));
  } else if (-6 < n && n <= 0) {
    out += "0." + std::string(static_cast<size_t>(-n), '0') + mantissa;
  } else {
    out += mantissa.substr(0, 1);
    if (k > 1) out += "." + mantissa.substr(1);
    out += fmt::format("e{}{}", n - 1 < 0 ? "-" : "+", std::abs(n - 1));
  }
}

void write_string(std::string_view text, std::string& out) {
  out += '"';
  size_t plain = 0;  // start of what can be copied as it stands
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  out += text.substr(plain);
  out += '"';
}

// `sorted`: members by UTF-16 code units, as JCS asks; else as they stand.
void write_value(const Json& value, bool sorted, std::string& out) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out += "null";
      break;
    case boost::json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case boost::json::kind::int64:
      out += std::to_string(value.get_int64());
      break;
    case boost::json::kind::uint64:
      out += std::to_string(value.get_uint64());
      break;
    case boost::json::kind::double_: {
      size_t start = out.size();
      write_number(value.get_double(), out);
      // Kept values stay doubles when they are read again; JCS knows one kind of number only.
      bool whole = out.find_first_of(".en", start) == std::string::npos;
      if (!sorted && whole) out += ".0";
      break;
    }
    case boost::json::kind::string:
      write_string(value.get_string(), out);
      break;
    case boost::json::kind::array: {
      out += '[';
      bool first = true;
      for (const Json& each : value.get_array()) {
        if (!first) out += ',';
        first = false;
        write_value(each, sorted, out);
      }
      out += ']';
      break;
    }
    case boost::json::kind::object: {
      std::vector<const boost::json::key_value_pair*> members;
      for (const auto& each : value.get_object()) members.push_back(&each);
      if (sorted) std::ranges::sort(members, [](auto* a, auto* b) { return utf16_less(a->key(), b->key()); });
      out += '{';
      bool first = true;
      for (const auto* each : members) {
        if (!first) out += ',';
        first = false;
        write_string(each->key(), out);
        out += ':';
        write_value(each->value(), sorted, out);
      }
      out += '}';
      break;
    }
  }
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  return parse_json_within(text, SIZE_MAX);
}

Result<Json> parse_json_file(std::string_view text, std::string path) {
  auto json = read_json(text, SIZE_MAX);
  if (json) return std::move(*json);
  if (json.error().too_deep)
    return fail(Code::kInvalidArgument, "is " + json.error().why, std::move(path), "is it the right file?");
  return fail(Code::kInvalidArgument, fmt::format("is no JSON: {} at byte {}", json.error().why, json.error().at),
              std::move(path), "the file is cut short or damaged; fetch it again, or mend it there");
}

std::string to_text(const Json& value) {
  std::string out;
  write_value(value, false, out);
  return out;
}

std::string quoted_text(std::string_view text) {
  std::string out;
  write_string(text, out);
  return out;
}

std::string canonical_text(const Json& value) {
  std::string out;
  write_value(value, true, out);
  return out;
}

const Json& member(const Json& object, std::string_view name) {
  if (const auto* map = object.if_object()) {
    if (const Json* found = map->if_contains(name)) return *found;
  }
  return kNullJson;
}

std::string_view text_or(const Json& value, std::string_view fallback) {
  const auto* text = value.if_string();
  return text ? std::string_view(text->data(), text->size()) : fallback;
}

double number_or(const Json& value, double fallback) {
  switch (value.kind()) {
    case boost::json::kind::int64:
      return static_cast<double>(value.get_int64());
    case boost::json::kind::uint64:
      return static_cast<double>(value.get_uint64());
    case boost::json::kind::double_:
      return value.get_double();
    default:
      return fallback;
  }
}

}  // namespace fovea
