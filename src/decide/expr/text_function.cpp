// size, contains, split and their like. Positions count code points, as CEL's do.
#include <algorithm>

#include "base/utf8.h"
#include "decide/expr/function.h"
#include "decide/expr/limits.h"

namespace fovea::expr {
namespace {

constexpr size_t kNotThere = SIZE_MAX;

// The byte at which code point `index` begins; the size for the one past the end; kNotThere beyond.
size_t byte_of(std::string_view text, int64_t index) {
  if (index < 0) return kNotThere;
  size_t at = 0;
  for (int64_t i = 0; i < index; ++i) {
    if (at >= text.size()) return kNotThere;
    next_code_point(text, at);
  }
  return at;
}

bool out_of_range(Fault& fault) {
  return fault_of(fault, Code::kOutOfRange, "a position outside the text");
}

bool white(char32_t c) {
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::string_view trimmed(std::string_view text) {
  size_t begin = text.size(), end = 0;
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    if (white(next_code_point(text, at))) continue;
    begin = std::min(begin, from);
    end = at;
  }
  return begin < end ? text.substr(begin, end - begin) : text.substr(0, 0);
}

// Pays for a text that is about to be made.
bool afford(size_t bytes, Fault& fault, uint64_t& steps) {
  steps += bytes / 64;
  if (bytes <= kTextMadeMax && steps <= kStepsMax) return true;
  return fault_of(fault, Code::kResourceExhausted, "the text that it makes is too long");
}

bool size_of(const Value& of, Value& out, Fault& fault) {
  switch (of.kind()) {
    case Kind::kString:
      out = Value::integer(static_cast<int64_t>(code_points(of.as_text())));
      return true;
    case Kind::kBytes:
      out = Value::integer(static_cast<int64_t>(of.as_text().size()));
      return true;
    case Kind::kList:
    case Kind::kMap:
      out = Value::integer(static_cast<int64_t>(of.size()));
      return true;
    default:
      return no_overload(fault);
  }
}

bool match(const Call& call, Value& out, Fault& fault) {
  auto text = call.arguments[0].as_text();
  re2::StringPiece subject(text.data(), text.size());
  if (call.pattern) {
    out = Value::boolean(RE2::PartialMatch(subject, *call.pattern));
    return true;
  }
  auto pattern = call.arguments[1].as_text();
  if (pattern.size() > kPatternBytesMax)
    return fault_of(fault, Code::kResourceExhausted, "a regular expression over its length limit");
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kPatternMemoryMax);
  RE2 regex(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex.ok()) return fault_of(fault, Code::kInvalidArgument, "not a regular expression");
  out = Value::boolean(RE2::PartialMatch(subject, regex));
  return true;
}

std::string mapped(std::string_view text, char from, char to, int shift) {
  std::string out(text);
  for (char& c : out) {
    if (c >= from && c <= to) c = static_cast<char>(c + shift);
  }
  return out;
}

bool split(const Call& call, Value& out, Fault& fault, uint64_t& steps) {
  const Value& of = call.arguments[0];
  auto text = of.as_text(), mark = call.arguments[1].as_text();
  int64_t parts_max = call.arguments.size() > 2 ? call.arguments[2].as_int() : -1;
  Value::List parts;
  while (parts_max != 0) {
    bool last = parts_max > 0 && static_cast<int64_t>(parts.size()) + 1 == parts_max;
    size_t found = kNotThere;
    if (!last && mark.empty()) {
      size_t next = 0;
      if (!text.empty()) next_code_point(text, next);
      found = next < text.size() ? next : kNotThere;
    } else if (!last) {
      found = text.find(mark);
    }
    if (++steps > kStepsMax) return fault_of(fault, Code::kResourceExhausted, "too many parts");
    if (found == kNotThere) {
      parts.push_back(of.part(text));
      break;
    }
    parts.push_back(of.part(text.substr(0, found)));
    text.remove_prefix(found + mark.size());
  }
  out = Value::list(std::move(parts));
  return true;
}

bool join_texts(const Call& call, Value& out, Fault& fault, uint64_t& steps) {
  const Value& list = call.arguments[0];
  auto mark = call.arguments.size() > 1 ? call.arguments[1].as_text() : std::string_view();
  std::string made;
  for (size_t i = 0; i < list.size(); ++i) {
    Value each = list.element(i);
    if (!each.is(Kind::kString)) return no_overload(fault);
    if (made.size() + mark.size() + each.as_text().size() > kTextMadeMax) return afford(SIZE_MAX, fault, steps);
    if (i > 0) made += mark;
    made += each.as_text();
    ++steps;
  }
  if (!afford(made.size(), fault, steps)) return false;
  out = Value::text(std::move(made));
  return true;
}

bool replace(const Call& call, Value& out, Fault& fault, uint64_t& steps) {
  auto text = call.arguments[0].as_text(), from = call.arguments[1].as_text(), to = call.arguments[2].as_text();
  int64_t left = call.arguments.size() > 3 ? call.arguments[3].as_int() : -1;
  std::string made;
  size_t at = 0;
  while (left != 0) {
    size_t found = text.find(from, at);
    if (found == kNotThere) break;
    if (made.size() + (found - at) + to.size() > kTextMadeMax) return afford(SIZE_MAX, fault, steps);
    made += text.substr(at, found - at);
    made += to;
    at = found + from.size();
    if (left > 0) --left;
    if (++steps > kStepsMax) return afford(SIZE_MAX, fault, steps);
    if (from.empty()) {  // between all code points, as Go's strings.Replace does
      if (at >= text.size()) break;
      size_t next = at;
      next_code_point(text, next);
      made += text.substr(at, next - at);
      at = next;
    }
  }
  made += text.substr(std::min(at, text.size()));
  if (!afford(made.size(), fault, steps)) return false;
  out = Value::text(std::move(made));
  return true;
}

bool substring(const Call& call, Value& out, Fault& fault) {
  auto text = call.arguments[0].as_text();
  size_t begin = byte_of(text, call.arguments[1].as_int());
  size_t end = call.arguments.size() > 2 ? byte_of(text, call.arguments[2].as_int()) : text.size();
  if (begin == kNotThere || end == kNotThere || begin > end) return out_of_range(fault);
  out = call.arguments[0].part(text.substr(begin, end - begin));
  return true;
}

bool index_of(const Call& call, Value& out, Fault& fault) {
  auto text = call.arguments[0].as_text(), part = call.arguments[1].as_text();
  size_t found = kNotThere;
  if (call.function == Function::kLastIndexOf) {
    found = text.rfind(part);
  } else {
    size_t from = call.arguments.size() > 2 ? byte_of(text, call.arguments[2].as_int()) : 0;
    if (from == kNotThere) return out_of_range(fault);
    found = text.find(part, from);
  }
  out = Value::integer(found == kNotThere ? -1 : static_cast<int64_t>(code_points(text.substr(0, found))));
  return true;
}

bool char_at(const Call& call, Value& out, Fault& fault) {
  auto text = call.arguments[0].as_text();
  size_t begin = byte_of(text, call.arguments[1].as_int());
  if (begin == kNotThere) return out_of_range(fault);
  size_t end = begin;
  if (begin < text.size()) next_code_point(text, end);
  out = call.arguments[0].part(text.substr(begin, end - begin));
  return true;
}

std::string reversed(std::string_view text) {
  std::string out;
  for (size_t at = text.size(); at > 0;) {
    size_t end = at--;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
    out += text.substr(at, end - at);
  }
  return out;
}

// Every argument has the kind that the function's first signature says: text, except where it is a number or a list.
bool kinds_fit(const Call& call) {
  auto is = [&](size_t i, Kind kind) { return call.arguments[i].is(kind); };
  size_t count = call.arguments.size();
  switch (call.function) {
    case Function::kSize:
      return count == 1;
    case Function::kJoin:
      return (count == 1 || (count == 2 && is(1, Kind::kString))) && is(0, Kind::kList);
    case Function::kSubstring:
      return (count == 2 || (count == 3 && is(2, Kind::kInt))) && is(0, Kind::kString) && is(1, Kind::kInt);
    case Function::kCharAt:
      return count == 2 && is(0, Kind::kString) && is(1, Kind::kInt);
    case Function::kSplit:
    case Function::kIndexOf:
      return (count == 2 || (count == 3 && is(2, Kind::kInt))) && is(0, Kind::kString) && is(1, Kind::kString);
    case Function::kReplace:
      return (count == 3 || (count == 4 && is(3, Kind::kInt))) && is(0, Kind::kString) && is(1, Kind::kString) &&
             is(2, Kind::kString);
    case Function::kLowerAscii:
    case Function::kUpperAscii:
    case Function::kTrim:
    case Function::kReverse:
      return count == 1 && is(0, Kind::kString);
    default:
      return count == 2 && is(0, Kind::kString) && is(1, Kind::kString);
  }
}

}  // namespace

bool run_text_function(const Call& call, Value& out, Fault& fault, uint64_t& steps) {
  if (!kinds_fit(call)) return no_overload(fault);
  const Value& of = call.arguments[0];
  if (call.function == Function::kSize) return size_of(of, out, fault);
  if (of.is(Kind::kString)) steps += of.as_text().size() / 1024;  // what is read is cheaper than what is made
  auto text = of.is(Kind::kString) ? of.as_text() : std::string_view();
  auto second = call.arguments.size() > 1 && call.arguments[1].is(Kind::kString) ? call.arguments[1].as_text()
                                                                                 : std::string_view();
  switch (call.function) {
    case Function::kContains:
      out = Value::boolean(text.find(second) != kNotThere);
      return true;
    case Function::kStartsWith:
      out = Value::boolean(text.starts_with(second));
      return true;
    case Function::kEndsWith:
      out = Value::boolean(text.ends_with(second));
      return true;
    case Function::kMatches:
      return match(call, out, fault);
    case Function::kTrim:
      out = of.part(trimmed(text));
      return true;
    case Function::kSplit:
      return split(call, out, fault, steps);
    case Function::kJoin:
      return join_texts(call, out, fault, steps);
    case Function::kReplace:
      return replace(call, out, fault, steps);
    case Function::kSubstring:
      return substring(call, out, fault);
    case Function::kIndexOf:
    case Function::kLastIndexOf:
      return index_of(call, out, fault);
    case Function::kCharAt:
      return char_at(call, out, fault);
    default:
      break;
  }
  if (!afford(text.size(), fault, steps)) return false;
  if (call.function == Function::kLowerAscii) out = Value::text(mapped(text, 'A', 'Z', 'a' - 'A'));
  if (call.function == Function::kUpperAscii) out = Value::text(mapped(text, 'a', 'z', 'A' - 'a'));
  if (call.function == Function::kReverse) out = Value::text(reversed(text));
  return true;
}

}  // namespace fovea::expr
