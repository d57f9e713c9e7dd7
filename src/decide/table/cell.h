// One body cell of an input column, as in DMN: when does the row hold for this value?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "decide/expr/value.h"

namespace fovea::table {

// A literal of a cell. A bare one (refund, 100, true) means the text too, so that it meets a text "100" as well.
struct Literal {
  expr::Value value;
  std::string text;  // of a bare literal and of a text
  bool bare = false;
  bool equals(const expr::Value& other) const;
};

struct Test {
  enum class Kind { kEqual, kNotEqual, kRange, kContains };
  Kind kind = Kind::kEqual;
  Literal literal;  // kEqual, kNotEqual; kContains: its text, lower case
  // kRange: either end may be open to infinity (a null value).
  expr::Value low, high;
  bool low_in = false, high_in = false;

  bool holds(const expr::Value& value) const;
};

struct Cell {
  bool any = true;
  bool negated = false;
  std::vector<Test> tests;  // one of them holds
  bool holds(const expr::Value& value) const;
  // The word of a "~" test that `value` contains; null where there is none.
  const std::string* word_in(const expr::Value& value) const;
};

// `column` is the static kind of the input: text in a string column stays text, "1h" is a duration in a duration
// column. Errors: kInvalidArgument with a hint, without `where`.
Result<Cell> parse_cell(std::string_view text, expr::Kind column);

// A literal of an output cell: a number, true, false, null, a text in quotes, or a bare text.
Literal parse_literal(std::string_view text, expr::Kind column);

std::string_view trimmed(std::string_view text);
std::string lower_ascii(std::string_view text);

}  // namespace fovea::table
