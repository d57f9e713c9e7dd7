#include "decide/expr/value.h"

#include <fmt/format.h>

#include <cmath>

#include "base/check.h"
#include "base/digest.h"
#include "base/time_text.h"
#include "decide/expr/time_value.h"

namespace fovea::expr {

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kList:
      return "list";
    case Kind::kMap:
      return "map";
    case Kind::kTimestamp:
      return "google.protobuf.Timestamp";
    case Kind::kDuration:
      return "google.protobuf.Duration";
    case Kind::kType:
      return "type";
    case Kind::kDyn:
      return "dyn";
    case Kind::kRecord:
      return "record";
  }
  return "dyn";
}

Value Value::boolean(bool value) {
  Value out;
  out.kind_ = Kind::kBool;
  out.bool_ = value;
  return out;
}
Value Value::integer(int64_t value) {
  Value out;
  out.kind_ = Kind::kInt;
  out.int_ = value;
  return out;
}
Value Value::uinteger(uint64_t value) {
  Value out;
  out.kind_ = Kind::kUint;
  out.uint_ = value;
  return out;
}
Value Value::number(double value) {
  Value out;
  out.kind_ = Kind::kDouble;
  out.double_ = value;
  return out;
}
Value Value::text_view(std::string_view value) {
  Value out;
  out.kind_ = Kind::kString;
  out.text_ = {value.data(), value.size()};
  return out;
}
Value Value::text(std::string value) {
  auto owner = std::make_shared<const std::string>(std::move(value));
  Value out = text_view(*owner);
  out.from_ = From::kOwned;
  out.owner_ = std::move(owner);
  return out;
}
Value Value::bytes(std::string value) {
  Value out = text(std::move(value));
  out.kind_ = Kind::kBytes;
  return out;
}
Value Value::list(List value) {
  auto owner = std::make_shared<const List>(std::move(value));
  Value out;
  out.kind_ = Kind::kList;
  out.from_ = From::kOwned;
  out.list_ = owner.get();
  out.owner_ = std::move(owner);
  return out;
}
Value Value::map(Map value) {
  auto owner = std::make_shared<const Map>(std::move(value));
  Value out;
  out.kind_ = Kind::kMap;
  out.from_ = From::kOwned;
  out.map_ = owner.get();
  out.owner_ = std::move(owner);
  return out;
}
Value Value::timestamp(Seconds value) {
  Value out;
  out.kind_ = Kind::kTimestamp;
  out.seconds_ = value;
  return out;
}
Value Value::timestamp(TimePoint value) {
  int64_t seconds = value.ns / 1'000'000'000, nanos = value.ns % 1'000'000'000;
  if (nanos < 0) --seconds, nanos += 1'000'000'000;
  return timestamp(Seconds{seconds, static_cast<int32_t>(nanos)});
}
Value Value::duration(Seconds value) {
  Value out = timestamp(value);
  out.kind_ = Kind::kDuration;
  return out;
}
Value Value::type(Kind kind) {
  Value out = integer(static_cast<int64_t>(kind));
  out.kind_ = Kind::kType;
  return out;
}
Value Value::view(const JsonObject& object) {
  Value out;
  out.kind_ = Kind::kMap;
  out.from_ = From::kJson;
  out.json_map_ = &object;
  return out;
}
Value Value::view(const Json& json) {
  switch (json.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::bool_:
      return boolean(json.get_bool());
    case boost::json::kind::int64:
      return integer(json.get_int64());
    case boost::json::kind::uint64:
      return uinteger(json.get_uint64());
    case boost::json::kind::double_:
      return number(json.get_double());
    case boost::json::kind::string:
      return text_view({json.get_string().data(), json.get_string().size()});
    case boost::json::kind::object:
      return view(json.get_object());
    case boost::json::kind::array: {
      Value out;
      out.kind_ = Kind::kList;
      out.from_ = From::kJson;
      out.json_list_ = &json.get_array();
      return out;
    }
  }
  return {};
}

size_t Value::size() const {
  if (kind_ == Kind::kList) return from_ == From::kJson ? json_list_->size() : list_->size();
  FOVEA_CHECK(kind_ == Kind::kMap);
  return from_ == From::kJson ? json_map_->size() : map_->size();
}

Value Value::element(size_t at) const {
  FOVEA_CHECK(kind_ == Kind::kList && at < size());
  return from_ == From::kJson ? view((*json_list_)[at]) : (*list_)[at];
}

std::pair<Value, Value> Value::entry(size_t at) const {
  FOVEA_CHECK(kind_ == Kind::kMap && at < size());
  if (from_ == From::kOwned) return (*map_)[at];
  const auto& pair = *(json_map_->begin() + at);
  return {text_view({pair.key().data(), pair.key().size()}), view(pair.value())};
}

std::optional<Value> Value::find(std::string_view key) const {
  if (from_ == From::kJson) {
    const Json* found = json_map_->if_contains(key);
    return found ? std::optional(view(*found)) : std::nullopt;
  }
  for (const auto& [name, value] : *map_) {
    if (name.is(Kind::kString) && name.as_text() == key) return value;
  }
  return std::nullopt;
}

std::optional<Value> Value::find(const Value& key) const {
  if (key.is(Kind::kString)) return find(key.as_text());
  if (from_ == From::kJson) return std::nullopt;
  for (const auto& [name, value] : *map_) {
    if (equal(name, key)) return value;
  }
  return std::nullopt;
}

Value Value::borrowed() const {
  Value out;
  out.kind_ = kind_;
  out.from_ = from_;
  static_assert(sizeof(TextView) == 16 && sizeof(Seconds) == 16);
  out.text_ = text_;  // the widest member: copies them all
  return out;
}

Value Value::part(std::string_view text) const {
  Value out = text_view(text);
  out.from_ = from_;
  out.owner_ = owner_;
  return out;
}

namespace {

Order of(auto ordering) {
  if (ordering == std::partial_ordering::less) return Order::kLess;
  if (ordering == std::partial_ordering::greater) return Order::kGreater;
  return ordering == std::partial_ordering::equivalent ? Order::kEqual : Order::kNone;
}

// As cel-spec's vectors ask: past the ends of the integers by range, within them as doubles, rounding included.
Order compare_int_double(int64_t a, double b) {
  if (b > 9223372036854775808.0) return Order::kLess;
  if (b < -9223372036854775808.0) return Order::kGreater;
  return of(static_cast<double>(a) <=> b);
}

Order compare_uint_double(uint64_t a, double b) {
  if (b > 18446744073709551616.0) return Order::kLess;
  if (b < 0) return Order::kGreater;
  return of(static_cast<double>(a) <=> b);
}

Order flipped(Order order) {
  return order == Order::kNone ? order : static_cast<Order>(-static_cast<int>(order));
}

Order compare_numbers(const Value& a, const Value& b) {
  if (a.is(Kind::kDouble)) {
    if (b.is(Kind::kDouble)) return of(a.as_double() <=> b.as_double());
    return flipped(compare_numbers(b, a));
  }
  if (a.is(Kind::kInt)) {
    if (b.is(Kind::kInt)) return of(a.as_int() <=> b.as_int());
    if (b.is(Kind::kDouble)) return compare_int_double(a.as_int(), b.as_double());
    return a.as_int() < 0 ? Order::kLess : of(static_cast<uint64_t>(a.as_int()) <=> b.as_uint());
  }
  if (b.is(Kind::kUint)) return of(a.as_uint() <=> b.as_uint());
  if (b.is(Kind::kDouble)) return compare_uint_double(a.as_uint(), b.as_double());
  return flipped(compare_numbers(b, a));
}

bool equal_inside(const Value& a, const Value& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a.is(Kind::kList)) {
      if (!equal(a.element(i), b.element(i))) return false;
      continue;
    }
    auto [key, value] = a.entry(i);
    auto other = b.find(key);
    if (!other || !equal(value, *other)) return false;
  }
  return true;
}

}  // namespace

Order compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.kind() != b.kind()) return Order::kNone;
  switch (a.kind()) {
    case Kind::kBool:
      return of(a.as_bool() <=> b.as_bool());
    case Kind::kString:
    case Kind::kBytes:
      return of(a.as_text() <=> b.as_text());  // bytes of UTF-8 sort as code points
    case Kind::kTimestamp:
    case Kind::kDuration:
      return of(a.as_seconds() <=> b.as_seconds());
    default:
      return Order::kNone;
  }
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == Order::kEqual;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kType:
      return a.as_type() == b.as_type();
    case Kind::kList:
    case Kind::kMap:
      return equal_inside(a, b);
    default:
      return compare(a, b) == Order::kEqual;
  }
}

Json to_json(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return nullptr;
    case Kind::kBool:
      return value.as_bool();
    case Kind::kInt:
      return value.as_int();
    case Kind::kUint:
      return value.as_uint();
    case Kind::kDouble:
      return std::isfinite(value.as_double()) ? Json(value.as_double()) : Json(nullptr);
    case Kind::kString:
      return Json(boost::json::string_view(value.as_text().data(), value.as_text().size()));
    case Kind::kBytes:
      return Json(to_base64(value.as_text()));
    case Kind::kTimestamp:
      return Json(timestamp_text(value.as_seconds()));
    case Kind::kDuration:
      return Json(duration_text(value.as_seconds()));
    case Kind::kList: {
      JsonArray out;
      out.reserve(value.size());
      for (size_t i = 0; i < value.size(); ++i) out.push_back(to_json(value.element(i)));
      return out;
    }
    case Kind::kMap: {
      JsonObject out;
      for (size_t i = 0; i < value.size(); ++i) {
        auto [key, each] = value.entry(i);
        out[to_text(key)] = to_json(each);
      }
      return out;
    }
    default:
      return Json(std::string(kind_name(value.as_type())));
  }
}

std::string to_text(const Value& value) {
  if (value.is(Kind::kString)) return std::string(value.as_text());
  Json json = to_json(value);
  return json.is_string() ? std::string(json.get_string()) : canonical_text(json);
}

Result<TimePoint> to_time_point(const Value& value) {
  constexpr double kMillisecondsFrom = 1e11;  // as seconds, the year 5138; as milliseconds, 1973
  if (value.is(Kind::kString)) return parse_rfc3339(value.as_text());
  if (value.is(Kind::kTimestamp)) {
    Seconds at = value.as_seconds();
    if (at.seconds < -9'223'372'036 || at.seconds > 9'223'372'035) {
      return fail(Code::kOutOfRange, fmt::format("time {} is outside 1677 to 2262", timestamp_text(at)));
    }
    return TimePoint{at.seconds * 1'000'000'000 + at.nanos};
  }
  if (value.is(Kind::kInt) || value.is(Kind::kUint) || value.is(Kind::kDouble)) {
    double given = value.is(Kind::kInt)    ? static_cast<double>(value.as_int())
                   : value.is(Kind::kUint) ? static_cast<double>(value.as_uint())
                                           : value.as_double();
    double seconds = std::abs(given) >= kMillisecondsFrom ? given / 1000 : given;
    if (!(std::abs(seconds) < 9.2e9))
      return fail(Code::kOutOfRange, fmt::format("time {} is outside 1677 to 2262", given));
    double whole = std::floor(seconds);
    return TimePoint{static_cast<int64_t>(whole) * 1'000'000'000 + std::llround((seconds - whole) * 1e6) * 1000};
  }
  return fail(Code::kInvalidArgument, fmt::format("a {} is not a time", kind_name(value.kind())), {},
              "a time is RFC 3339 text, a number of seconds since 1970, or a timestamp");
}

}  // namespace fovea::expr
