// The functions of the language: their names, signatures and what they do.
#pragma once

#include <re2/re2.h>

#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "decide/expr/time_value.h"
#include "decide/expr/type.h"

namespace fovea::expr {

enum class Function : uint8_t {
  kSize,
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  kLowerAscii,
  kUpperAscii,
  kTrim,
  kSplit,
  kJoin,
  kReplace,
  kSubstring,
  kIndexOf,
  kLastIndexOf,
  kCharAt,
  kReverse,
  kToInt,
  kToUint,
  kToDouble,
  kToString,
  kToBytes,
  kToBool,
  kTypeOf,
  kDyn,
  kToTimestamp,
  kToDuration,
  kFullYear,
  kMonth,
  kDayOfMonth,
  kDate,
  kDayOfWeek,
  kDayOfYear,
  kHours,
  kMinutes,
  kSeconds,
  kMilliseconds,
};

struct Signature {
  std::string_view name;
  Function function;
  bool member;                   // RECEIVER.NAME(...)
  std::vector<Type> parameters;  // the receiver first
  Type result;
};
const std::vector<Signature>& signatures();

// Why an evaluation gave no value. Cheap: the text is put together only when somebody asks.
struct Fault {
  Code code = Code::kInvalidArgument;
  const char* what = "";
  std::string_view name;  // of what: borrowed from the program or the scope
  uint32_t at = 0;
};

// What a call has to work with. `pattern` is the compiled literal of matches(), or null.
struct Call {
  Function function;
  std::span<const Value> arguments;
  const RE2* pattern = nullptr;
};

// Gives the value, or false and the fault. `steps` grows by what the call cost.
bool run_function(const Call& call, Value& out, Fault& fault, uint64_t& steps);

// By family; run_function sends a call to the one that knows it.
bool run_text_function(const Call& call, Value& out, Fault& fault, uint64_t& steps);
bool run_conversion(const Call& call, Value& out, Fault& fault);
bool run_time_function(const Call& call, Value& out, Fault& fault);

inline bool fault_of(Fault& fault, Code code, const char* what, std::string_view name = {}) {
  fault.code = code;
  fault.what = what;
  fault.name = name;
  return false;
}
inline bool no_overload(Fault& fault) {
  return fault_of(fault, Code::kInvalidArgument, "no such overload: the kinds do not fit");
}

size_t code_points(std::string_view text);

}  // namespace fovea::expr
