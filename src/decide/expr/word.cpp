#include "decide/expr/word.h"

#include <algorithm>
#include <array>

namespace fovea::expr {
namespace {

constexpr std::array<std::string_view, 15> kReserved = {"as",   "break",    "const",  "continue", "else",
                                                        "for",  "function", "if",     "import",   "let",
                                                        "loop", "package",  "return", "var",      "while"};

}  // namespace

bool reserved(std::string_view name) {
  return std::ranges::find(kReserved, name) != kReserved.end();
}

std::optional<Kind> type_name(std::string_view name) {
  for (Kind kind : {Kind::kBool, Kind::kInt, Kind::kUint, Kind::kDouble, Kind::kString, Kind::kBytes, Kind::kList,
                    Kind::kMap, Kind::kNull, Kind::kType}) {
    if (kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

std::optional<Op> macro_of(std::string_view name) {
  if (name == "all") return Op::kAll;
  if (name == "exists") return Op::kExists;
  if (name == "exists_one" || name == "existsOne") return Op::kExistsOne;
  if (name == "map") return Op::kMapMacro;
  if (name == "filter") return Op::kFilter;
  return std::nullopt;
}

Op relation_of(std::string_view sign) {
  if (sign == "==") return Op::kEqual;
  if (sign == "!=") return Op::kNotEqual;
  if (sign == "<") return Op::kLess;
  if (sign == "<=") return Op::kLessEqual;
  if (sign == ">") return Op::kGreater;
  if (sign == ">=") return Op::kGreaterEqual;
  if (sign == "in") return Op::kIn;
  return Op::kUnknown;
}

}  // namespace fovea::expr
