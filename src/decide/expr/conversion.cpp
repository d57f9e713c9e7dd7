// int(), string() and their like, and the fields of times.
#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "decide/expr/function.h"

namespace fovea::expr {
namespace {

bool out_of_range(Fault& fault) {
  return fault_of(fault, Code::kOutOfRange, "range error: the number does not fit");
}
bool unreadable(Fault& fault, const char* what) {
  return fault_of(fault, Code::kInvalidArgument, what);
}

template <typename T>
bool read_whole(std::string_view text, T& out, Fault& fault) {
  if (text.starts_with('+')) text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc::result_out_of_range) return out_of_range(fault);
  if (error != std::errc() || end != text.data() + text.size())
    return unreadable(fault, "type conversion error: not a whole number");
  return true;
}

bool to_int(const Value& of, Value& out, Fault& fault) {
  switch (of.kind()) {
    case Kind::kInt:
      out = of;
      return true;
    case Kind::kUint:
      if (of.as_uint() > INT64_MAX) return out_of_range(fault);
      out = Value::integer(static_cast<int64_t>(of.as_uint()));
      return true;
    case Kind::kDouble:
      if (!(of.as_double() > -9223372036854775808.0 && of.as_double() < 9223372036854775808.0))
        return out_of_range(fault);
      out = Value::integer(static_cast<int64_t>(of.as_double()));
      return true;
    case Kind::kTimestamp:
      out = Value::integer(of.as_seconds().seconds);
      return true;
    case Kind::kString: {
      int64_t value = 0;
      if (!read_whole(of.as_text(), value, fault)) return false;
      out = Value::integer(value);
      return true;
    }
    default:
      return no_overload(fault);
  }
}

bool to_uint(const Value& of, Value& out, Fault& fault) {
  switch (of.kind()) {
    case Kind::kUint:
      out = of;
      return true;
    case Kind::kInt:
      if (of.as_int() < 0) return out_of_range(fault);
      out = Value::uinteger(static_cast<uint64_t>(of.as_int()));
      return true;
    case Kind::kDouble:
      if (!(of.as_double() > -1.0 && of.as_double() < 18446744073709551616.0)) return out_of_range(fault);
      out = Value::uinteger(static_cast<uint64_t>(of.as_double()));
      return true;
    case Kind::kString: {
      uint64_t value = 0;
      if (!read_whole(of.as_text(), value, fault)) return false;
      out = Value::uinteger(value);
      return true;
    }
    default:
      return no_overload(fault);
  }
}

bool to_double(const Value& of, Value& out, Fault& fault) {
  switch (of.kind()) {
    case Kind::kDouble:
      out = of;
      return true;
    case Kind::kInt:
      out = Value::number(static_cast<double>(of.as_int()));
      return true;
    case Kind::kUint:
      out = Value::number(static_cast<double>(of.as_uint()));
      return true;
    case Kind::kString: {
      auto text = of.as_text();
      if (text.starts_with('+')) text.remove_prefix(1);
      double value = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc() || end != text.data() + text.size()) {
        return unreadable(fault, "type conversion error: not a number");
      }
      out = Value::number(value);
      return true;
    }
    default:
      return no_overload(fault);
  }
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char digits[64];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return error == std::errc() ? std::string(digits, end) : "";
}

bool to_string(const Value& of, Value& out, Fault& fault) {
  switch (of.kind()) {
    case Kind::kString:
      out = of;
      return true;
    case Kind::kBool:
      out = Value::text_view(of.as_bool() ? "true" : "false");
      return true;
    case Kind::kInt:
      out = Value::text(std::to_string(of.as_int()));
      return true;
    case Kind::kUint:
      out = Value::text(std::to_string(of.as_uint()));
      return true;
    case Kind::kDouble:
      out = Value::text(number_text(of.as_double()));
      return true;
    case Kind::kTimestamp:
      out = Value::text(timestamp_text(of.as_seconds()));
      return true;
    case Kind::kDuration:
      out = Value::text(duration_text(of.as_seconds()));
      return true;
    case Kind::kBytes:
      if (!is_utf8(of.as_text())) return unreadable(fault, "invalid UTF-8");
      out = Value::text(std::string(of.as_text()));
      return true;
    default:
      return no_overload(fault);
  }
}

bool to_bool(const Value& of, Value& out, Fault& fault) {
  constexpr std::array<std::string_view, 5> kTrue = {"1", "t", "true", "TRUE", "True"};
  constexpr std::array<std::string_view, 5> kFalse = {"0", "f", "false", "FALSE", "False"};
  if (of.is(Kind::kBool)) {
    out = of;
    return true;
  }
  if (!of.is(Kind::kString)) return no_overload(fault);
  for (size_t i = 0; i < kTrue.size(); ++i) {
    if (of.as_text() == kTrue[i] || of.as_text() == kFalse[i]) {
      out = Value::boolean(of.as_text() == kTrue[i]);
      return true;
    }
  }
  return unreadable(fault, "type conversion error: neither true nor false");
}

bool to_timestamp(const Value& of, Value& out, Fault& fault) {
  if (of.is(Kind::kTimestamp)) {
    out = of;
    return true;
  }
  TimeRead read;
  if (of.is(Kind::kInt)) {
    read.value.seconds = of.as_int();
    if (!timestamp_in_range(read.value)) read.problem = TimeProblem::kRange;
  } else if (of.is(Kind::kString)) {
    read = read_timestamp(of.as_text());
  } else {
    return no_overload(fault);
  }
  if (read.problem == TimeProblem::kSyntax) return unreadable(fault, "not a time in RFC 3339");
  if (read.problem == TimeProblem::kRange)
    return fault_of(fault, Code::kOutOfRange, "range error: a time outside the years 1 to 9999");
  out = Value::timestamp(read.value);
  return true;
}

bool to_duration(const Value& of, Value& out, Fault& fault) {
  if (of.is(Kind::kDuration)) {
    out = of;
    return true;
  }
  if (!of.is(Kind::kString)) return no_overload(fault);
  TimeRead read = read_duration(of.as_text());
  if (read.problem == TimeProblem::kSyntax) return unreadable(fault, "not a duration with units");
  if (read.problem == TimeProblem::kRange)
    return fault_of(fault, Code::kOutOfRange, "range error: a duration of over 10,000 years");
  out = Value::duration(read.value);
  return true;
}

}  // namespace

bool run_conversion(const Call& call, Value& out, Fault& fault) {
  if (call.arguments.size() != 1) return no_overload(fault);
  const Value& of = call.arguments[0];
  switch (call.function) {
    case Function::kToInt:
      return to_int(of, out, fault);
    case Function::kToUint:
      return to_uint(of, out, fault);
    case Function::kToDouble:
      return to_double(of, out, fault);
    case Function::kToString:
      return to_string(of, out, fault);
    case Function::kToBool:
      return to_bool(of, out, fault);
    case Function::kToTimestamp:
      return to_timestamp(of, out, fault);
    case Function::kToDuration:
      return to_duration(of, out, fault);
    case Function::kToBytes:
      if (!of.is(Kind::kString) && !of.is(Kind::kBytes)) return no_overload(fault);
      out = Value::bytes(std::string(of.as_text()));
      return true;
    case Function::kTypeOf:
      out = Value::type(of.kind());
      return true;
    default:
      out = of;
      return true;
  }
}

bool run_time_function(const Call& call, Value& out, Fault& fault) {
  constexpr Field kFields[] = {Field::kYear,      Field::kMonth,       Field::kDayOfMonth, Field::kDate,
                               Field::kDayOfWeek, Field::kDayOfYear,   Field::kHours,      Field::kMinutes,
                               Field::kSeconds,   Field::kMilliseconds};
  size_t index = static_cast<size_t>(call.function) - static_cast<size_t>(Function::kFullYear);
  Field field = kFields[index];
  const Value& of = call.arguments[0];
  if (of.is(Kind::kDuration) && call.arguments.size() == 1 && index >= 6) {
    out = Value::integer(duration_field(of.as_seconds(), field));
    return true;
  }
  if (!of.is(Kind::kTimestamp) || call.arguments.size() > 2) return no_overload(fault);
  int64_t offset = 0;
  if (call.arguments.size() == 2) {
    if (!call.arguments[1].is(Kind::kString)) return no_overload(fault);
    auto zone = zone_offset(call.arguments[1].as_text());
    if (!zone) return unreadable(fault, "not a time zone: 'UTC' or an offset such as '+08:00'");
    offset = *zone;
  }
  out = Value::integer(calendar_field(of.as_seconds(), offset, field));
  return true;
}

}  // namespace fovea::expr
