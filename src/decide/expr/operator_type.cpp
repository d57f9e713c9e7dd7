#include "decide/expr/operator_type.h"

namespace fovea::expr {

bool ordered(const Type& type) {
  switch (type.kind()) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble:
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kTimestamp:
    case Kind::kDuration:
    case Kind::kDyn:
      return true;
    default:
      return false;
  }
}

bool comparable(const Type& a, const Type& b) {
  return assignable(a, b) || assignable(b, a) || (a.is_number() && b.is_number());
}

std::string_view sign_of(Op op) {
  switch (op) {
    case Op::kAnd:
      return "&&";
    case Op::kOr:
      return "||";
    case Op::kEqual:
      return "==";
    case Op::kNotEqual:
      return "!=";
    case Op::kLess:
      return "<";
    case Op::kLessEqual:
      return "<=";
    case Op::kGreater:
      return ">";
    case Op::kGreaterEqual:
      return ">=";
    case Op::kIn:
      return "in";
    case Op::kAdd:
      return "+";
    case Op::kSubtract:
      return "-";
    case Op::kMultiply:
      return "*";
    case Op::kDivide:
      return "/";
    case Op::kModulo:
      return "%";
    default:
      return "?";
  }
}

std::optional<Type> arithmetic_type(Op op, const Type& a, const Type& b) {
  Kind x = a.kind(), y = b.kind();
  auto either = [&](Kind kind) { return x == kind || y == kind; };
  bool add = op == Op::kAdd, subtract = op == Op::kSubtract;
  if (x == Kind::kDyn || y == Kind::kDyn) {
    const Type& known = x == Kind::kDyn ? b : a;
    if (known.is_dyn() || (known.is_number() && !(op == Op::kModulo && known.kind() == Kind::kDouble)))
      return Kind::kDyn;
    if (add && (either(Kind::kString) || either(Kind::kBytes))) return known;
    if (add && either(Kind::kList)) return Type::list(Kind::kDyn);
    if ((add || subtract) && (either(Kind::kTimestamp) || either(Kind::kDuration))) return Kind::kDyn;
    return std::nullopt;
  }
  if (a.is_number() && x == y) return op == Op::kModulo && x == Kind::kDouble ? std::nullopt : std::optional(a);
  if (add && x == y && (x == Kind::kString || x == Kind::kBytes || x == Kind::kDuration)) return a;
  if (add && x == Kind::kList && y == Kind::kList) return join(a, b);
  if (add && either(Kind::kTimestamp) && either(Kind::kDuration)) return Kind::kTimestamp;
  if (subtract && x == Kind::kTimestamp && y == Kind::kDuration) return a;
  if (subtract && x == y && (x == Kind::kTimestamp || x == Kind::kDuration)) return Kind::kDuration;
  return std::nullopt;
}

}  // namespace fovea::expr
