// A value of the expression language: CEL's kinds, over JSON without copying it.
// A Value that views JSON (or text of an Expression) is valid for as long as what it views; made values own themselves.
// Threads: as a plain value.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace fovea::expr {

// kDyn, and kRecord (a map whose members are known), exist only as static types.
enum class Kind : uint8_t {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kList,
  kMap,
  kTimestamp,
  kDuration,
  kType,
  kDyn,
  kRecord
};
std::string_view kind_name(Kind kind);  // "int", "null_type", "google.protobuf.Timestamp", as CEL names them

// A timestamp (seconds since 1970, years 1 to 9999) or a duration (|seconds| up to 10,000 years). 0 <= nanos < 1e9.
struct Seconds {
  int64_t seconds = 0;
  int32_t nanos = 0;
  auto operator<=>(const Seconds&) const = default;
};

class Value {
 public:
  using List = std::vector<Value>;
  using Map = std::vector<std::pair<Value, Value>>;  // in the order written; keys differ

  Value() : kind_(Kind::kNull) {}
  static Value boolean(bool value);
  static Value integer(int64_t value);
  static Value uinteger(uint64_t value);
  static Value number(double value);
  static Value text(std::string value);  // owns
  static Value text_view(std::string_view value);
  static Value bytes(std::string value);
  static Value list(List value);
  static Value map(Map value);
  static Value timestamp(Seconds value);
  static Value timestamp(TimePoint value);
  static Value duration(Seconds value);
  static Value type(Kind kind);
  static Value view(const Json& json);  // borrows `json`
  static Value view(const JsonObject& object);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  // REQUIRES the kind that the name says.
  bool as_bool() const { return bool_; }
  int64_t as_int() const { return int_; }
  uint64_t as_uint() const { return uint_; }
  double as_double() const { return double_; }
  std::string_view as_text() const { return {text_.data, text_.size}; }  // kString and kBytes
  Seconds as_seconds() const { return seconds_; }
  Kind as_type() const { return static_cast<Kind>(int_); }

  bool is_number() const { return kind_ == Kind::kInt || kind_ == Kind::kUint || kind_ == Kind::kDouble; }
  size_t size() const;                                    // kList, kMap: how many
  Value element(size_t at) const;                         // kList, at < size(); cheap
  std::pair<Value, Value> entry(size_t at) const;         // kMap, at < size(); cheap
  std::optional<Value> find(const Value& key) const;      // kMap; numbers by value
  std::optional<Value> find(std::string_view key) const;  // kMap
  Value borrowed() const;                                 // the same value without a share in what it owns
  Value part(std::string_view text) const;  // REQUIRES kString, `text` within as_text(): a piece that shares its owner

 private:
  struct Owned;
  struct TextView {
    const char* data;
    size_t size;
  };
  enum class From : uint8_t { kPlain, kJson, kOwned };
  Kind kind_;
  From from_ = From::kPlain;
  union {
    bool bool_;
    int64_t int_ = 0;
    uint64_t uint_;
    double double_;
    TextView text_;
    Seconds seconds_;
    const JsonArray* json_list_;
    const JsonObject* json_map_;
    const List* list_;
    const Map* map_;
  };
  std::shared_ptr<const void> owner_;
};

// CEL's equality: numbers by value over kinds, lists and maps deeply, different kinds differ. Never an error.
bool equal(const Value& a, const Value& b);

// Less, equal, greater, or nothing where the two have no order (kinds that differ, NaN).
enum class Order : int8_t { kLess = -1, kEqual = 0, kGreater = 1, kNone = 2 };
Order compare(const Value& a, const Value& b);

// As JSON: a timestamp is RFC 3339 text, a duration "1.5s", bytes base64, map keys become text; NaN and infinities
// null.
Json to_json(const Value& value);
// As a person would write it into a text: strings bare, everything else as JSON.
std::string to_text(const Value& value);

// A moment from what a source calls its time: a timestamp, RFC 3339 text, or a number of seconds (from 1e11:
// milliseconds) since 1970. Errors: kInvalidArgument; kOutOfRange outside what TimePoint holds.
Result<TimePoint> to_time_point(const Value& value);

}  // namespace fovea::expr
