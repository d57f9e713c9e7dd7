#include "decide/table/cell.h"

#include <fmt/format.h>

#include <charconv>

#include "decide/expr/time_value.h"
#include "decide/table/limits.h"

namespace fovea::table {
namespace {

using expr::Kind;
using expr::Order;
using expr::Value;

std::unexpected<Error> bad(std::string message, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), {}, std::move(hint));
}

// JSON's grammar of a number: "007" and "1." are texts.
bool json_number(std::string_view text) {
  std::string_view rest = text;
  auto digit = [&] { return !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; };
  auto digits = [&] {
    bool some = digit();
    while (digit()) rest.remove_prefix(1);
    return some;
  };
  if (rest.starts_with('-')) rest.remove_prefix(1);
  if (rest.starts_with('0')) {
    rest.remove_prefix(1);
  } else if (!digits()) {
    return false;
  }
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (!digits()) return false;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
    if (!digits()) return false;
  }
  return rest.empty();
}

Value number_of(std::string_view text) {
  int64_t whole = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc() && end == text.data() + text.size()) return Value::integer(whole);
  double real = 0;
  std::from_chars(text.data(), text.data() + text.size(), real);
  return Value::number(real);
}

// The text between quotes, where the whole of `text` is one quoted text.
bool unquoted(std::string_view text, std::string& out) {
  if (text.size() < 2 || (text[0] != '"' && text[0] != '\'') || text.back() != text[0]) return false;
  out.clear();
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) {
      ++i;
    } else if (text[i] == text[0]) {
      return false;
    }
    out += text[i];
  }
  return true;
}

// Splits at commas outside quotes and brackets.
std::vector<std::string_view> alternatives(std::string_view text) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  char quote = '\0';
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool opens = (c == '"' || c == '\'') && trimmed(text.substr(begin, i - begin)).empty();
    if (quote != '\0') {
      if (c == '\\') ++i;
      if (c == quote) quote = '\0';
    } else if (opens) {
      quote = c;
    } else if (c == ',') {
      out.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  out.push_back(trimmed(text.substr(begin)));
  return out;
}

Result<Value> bound_of(std::string_view text, Kind column) {
  Literal literal = parse_literal(text, column);
  switch (literal.value.kind()) {
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble:
    case Kind::kTimestamp:
    case Kind::kDuration:
      return literal.value;
    case Kind::kString:
      if (!literal.bare || column == Kind::kString) return literal.value;
      break;
    default:
      break;
  }
  return bad(fmt::format("'{}' has no order", text), "after <, >, and in [a..b] stands a number, or a text in quotes");
}

Result<Test> range_test(std::string_view text, size_t dots, Kind column) {
  Test test;
  test.kind = Test::Kind::kRange;
  char first = text.front(), last = text.back();
  test.low_in = first == '[';
  test.high_in = last == ']';
  FOVEA_TRY(test.low, bound_of(trimmed(text.substr(1, dots - 1)), column));
  FOVEA_TRY(test.high, bound_of(trimmed(text.substr(dots + 2, text.size() - dots - 3)), column));
  Order order = expr::compare(test.low, test.high);
  if (order == Order::kNone) return bad(fmt::format("the ends of '{}' have no order", text));
  if (order == Order::kGreater || (order == Order::kEqual && !(test.low_in && test.high_in))) {
    return bad(fmt::format("'{}' holds nothing", text), "the smaller end comes first");
  }
  return test;
}

Result<Test> parse_test(std::string_view text, Kind column) {
  Test test;
  if (text.empty()) return bad("an empty alternative", "a comma too many?");
  for (std::string_view sign : {"<=", ">=", "!=", "==", "<", ">", "="}) {
    if (!text.starts_with(sign)) continue;
    std::string_view rest = trimmed(text.substr(sign.size()));
    if (rest.empty()) return bad(fmt::format("'{}' without a value", sign));
    if (sign == "=" || sign == "==" || sign == "!=") {
      test.kind = sign == "!=" ? Test::Kind::kNotEqual : Test::Kind::kEqual;
      test.literal = parse_literal(rest, column);
      return test;
    }
    test.kind = Test::Kind::kRange;
    FOVEA_TRY(Value bound, bound_of(rest, column));
    (sign[0] == '<' ? test.high : test.low) = bound;
    (sign[0] == '<' ? test.high_in : test.low_in) = sign.size() == 2;
    return test;
  }
  size_t dots = text.find("..");
  bool opened = text[0] == '[' || text[0] == '(' || text[0] == ']';
  bool closed = text.back() == ']' || text.back() == ')' || text.back() == '[';
  if (opened && closed && dots != std::string_view::npos) return range_test(text, dots, column);
  if (opened && dots != std::string_view::npos)
    return bad(fmt::format("the range '{}' does not close", text), "as in [1..5)");
  test.literal = parse_literal(text, column);
  return test;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

Literal parse_literal(std::string_view text, Kind column) {
  Literal out;
  if (unquoted(text, out.text)) {
    out.value = Value::text(out.text);
    return out;
  }
  out.bare = true;
  out.text = text;
  if (column == Kind::kTimestamp) {
    if (auto read = expr::read_timestamp(text); read.problem == expr::TimeProblem::kNone) {
      out.value = Value::timestamp(read.value);
      return out;
    }
  }
  if (column == Kind::kDuration) {
    if (auto read = expr::read_duration(text); read.problem == expr::TimeProblem::kNone) {
      out.value = Value::duration(read.value);
      return out;
    }
  }
  if (column == Kind::kString) {
    out.value = Value::text(out.text);
  } else if (text == "true" || text == "false") {
    out.value = Value::boolean(text == "true");
  } else if (text == "null") {
    out.value = Value();
  } else if (json_number(text)) {
    out.value = number_of(text);
  } else {
    out.value = Value::text(out.text);
  }
  return out;
}

bool Literal::equals(const Value& other) const {
  if (other.is(Kind::kString) && (bare || value.is(Kind::kString))) return other.as_text() == text;
  return expr::equal(value, other);
}

bool Test::holds(const Value& value) const {
  switch (kind) {
    case Kind::kEqual:
      return literal.equals(value);
    case Kind::kNotEqual:
      return !literal.equals(value);
    case Kind::kContains:
      return value.is(expr::Kind::kString) && lower_ascii(value.as_text()).find(literal.text) != std::string::npos;
    case Kind::kRange:
      break;
  }
  if (!low.is(expr::Kind::kNull)) {
    Order order = expr::compare(value, low);
    if (order != Order::kGreater && !(order == Order::kEqual && low_in)) return false;
  }
  if (!high.is(expr::Kind::kNull)) {
    Order order = expr::compare(value, high);
    if (order != Order::kLess && !(order == Order::kEqual && high_in)) return false;
  }
  return true;
}

bool Cell::holds(const Value& value) const {
  if (any) return true;
  for (const Test& each : tests) {
    if (each.holds(value)) return !negated;
  }
  return negated;
}

const std::string* Cell::word_in(const Value& value) const {
  for (const Test& each : tests) {
    if (each.kind == Test::Kind::kContains && each.holds(value)) return &each.literal.text;
  }
  return nullptr;
}

Result<Cell> parse_cell(std::string_view text, Kind column) {
  Cell cell;
  text = trimmed(text);
  if (text.empty() || text == "-") return cell;
  cell.any = false;
  if (text.starts_with("not(") && text.ends_with(')')) {
    cell.negated = true;
    text = trimmed(text.substr(4, text.size() - 5));
    if (text.empty() || text == "-") return bad("not() of everything holds nothing");
  }
  bool words = text.starts_with('~');
  if (words) text.remove_prefix(1);
  for (std::string_view each : alternatives(text)) {
    if (cell.tests.size() == kTestsMax)
      return fail(Code::kResourceExhausted, fmt::format("over {} alternatives", kTestsMax));
    if (!words) {
      FOVEA_TRY(Test test, parse_test(each, column));
      cell.tests.push_back(std::move(test));
      continue;
    }
    Test test;
    test.kind = Test::Kind::kContains;
    std::string word;
    test.literal.text = lower_ascii(unquoted(each, word) ? std::string_view(word) : each);
    if (test.literal.text.empty()) return bad("'~' without a word", "as in: ~ refund, money back");
    cell.tests.push_back(std::move(test));
  }
  return cell;
}

}  // namespace fovea::table
