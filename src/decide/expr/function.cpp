#include "decide/expr/function.h"

#include <cmath>

#include "base/utf8.h"

namespace fovea::expr {
namespace {

std::vector<Signature> all_signatures() {
  using F = Function;
  const Type kText = Kind::kString, kInt = Kind::kInt, kBytes = Kind::kBytes, kTime = Kind::kTimestamp;
  const Type kLength = Kind::kDuration, kBool = Kind::kBool, kUint = Kind::kUint, kDouble = Kind::kDouble,
             kDyn = Kind::kDyn;
  const Type kTexts = Type::list(kText), kAnyList = Type::list(kDyn), kAnyMap = Type::map(kDyn, kDyn);
  std::vector<Signature> out;
  for (bool member : {false, true}) {
    for (const Type& each : {kText, kBytes, kAnyList, kAnyMap}) out.push_back({"size", F::kSize, member, {each}, kInt});
    out.push_back({"matches", F::kMatches, member, {kText, kText}, kBool});
  }
  out.push_back({"contains", F::kContains, true, {kText, kText}, kBool});
  out.push_back({"startsWith", F::kStartsWith, true, {kText, kText}, kBool});
  out.push_back({"endsWith", F::kEndsWith, true, {kText, kText}, kBool});
  out.push_back({"lowerAscii", F::kLowerAscii, true, {kText}, kText});
  out.push_back({"upperAscii", F::kUpperAscii, true, {kText}, kText});
  out.push_back({"trim", F::kTrim, true, {kText}, kText});
  out.push_back({"reverse", F::kReverse, true, {kText}, kText});
  out.push_back({"split", F::kSplit, true, {kText, kText}, kTexts});
  out.push_back({"split", F::kSplit, true, {kText, kText, kInt}, kTexts});
  out.push_back({"join", F::kJoin, true, {kTexts}, kText});
  out.push_back({"join", F::kJoin, true, {kTexts, kText}, kText});
  out.push_back({"replace", F::kReplace, true, {kText, kText, kText}, kText});
  out.push_back({"replace", F::kReplace, true, {kText, kText, kText, kInt}, kText});
  out.push_back({"substring", F::kSubstring, true, {kText, kInt}, kText});
  out.push_back({"substring", F::kSubstring, true, {kText, kInt, kInt}, kText});
  out.push_back({"indexOf", F::kIndexOf, true, {kText, kText}, kInt});
  out.push_back({"indexOf", F::kIndexOf, true, {kText, kText, kInt}, kInt});
  out.push_back({"lastIndexOf", F::kLastIndexOf, true, {kText, kText}, kInt});
  out.push_back({"charAt", F::kCharAt, true, {kText, kInt}, kText});

  for (const Type& each : {kInt, kUint, kDouble, kText, kTime}) out.push_back({"int", F::kToInt, false, {each}, kInt});
  for (const Type& each : {kInt, kUint, kDouble, kText}) out.push_back({"uint", F::kToUint, false, {each}, kUint});
  for (const Type& each : {kInt, kUint, kDouble, kText})
    out.push_back({"double", F::kToDouble, false, {each}, kDouble});
  for (const Type& each : {kText, kBytes, kBool, kInt, kUint, kDouble, kTime, kLength}) {
    out.push_back({"string", F::kToString, false, {each}, kText});
  }
  for (const Type& each : {kBytes, kText}) out.push_back({"bytes", F::kToBytes, false, {each}, kBytes});
  for (const Type& each : {kBool, kText}) out.push_back({"bool", F::kToBool, false, {each}, kBool});
  for (const Type& each : {kTime, kText, kInt}) out.push_back({"timestamp", F::kToTimestamp, false, {each}, kTime});
  for (const Type& each : {kLength, kText}) out.push_back({"duration", F::kToDuration, false, {each}, kLength});
  out.push_back({"type", F::kTypeOf, false, {kDyn}, Type::type_of(kDyn)});
  out.push_back({"dyn", F::kDyn, false, {kDyn}, kDyn});

  struct Field {
    std::string_view name;
    Function function;
    bool of_duration;
  };
  for (const Field& each : {Field{"getFullYear", F::kFullYear, false}, Field{"getMonth", F::kMonth, false},
                            Field{"getDayOfMonth", F::kDayOfMonth, false}, Field{"getDate", F::kDate, false},
                            Field{"getDayOfWeek", F::kDayOfWeek, false}, Field{"getDayOfYear", F::kDayOfYear, false},
                            Field{"getHours", F::kHours, true}, Field{"getMinutes", F::kMinutes, true},
                            Field{"getSeconds", F::kSeconds, true}, Field{"getMilliseconds", F::kMilliseconds, true}}) {
    out.push_back({each.name, each.function, true, {kTime}, kInt});
    out.push_back({each.name, each.function, true, {kTime, kText}, kInt});
    if (each.of_duration) out.push_back({each.name, each.function, true, {kLength}, kInt});
  }
  return out;
}

}  // namespace

const std::vector<Signature>& signatures() {
  static const std::vector<Signature> kAll = all_signatures();  // a constant, made when first asked for
  return kAll;
}

size_t code_points(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

bool run_function(const Call& call, Value& out, Fault& fault, uint64_t& steps) {
  if (call.function >= Function::kToInt && call.function <= Function::kToDuration)
    return run_conversion(call, out, fault);
  if (call.function >= Function::kFullYear) return run_time_function(call, out, fault);
  return run_text_function(call, out, fault, steps);
}

}  // namespace fovea::expr
