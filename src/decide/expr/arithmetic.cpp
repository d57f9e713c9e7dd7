// Numbers, times and durations. Whole numbers never wrap: overflow is an error.
#include <optional>

#include "decide/expr/evaluator.h"

namespace fovea::expr {
namespace {

bool overflow(Fault& fault) {
  return fault_of(fault, Code::kOutOfRange, "return error for overflow: the result does not fit 64 bits");
}

template <typename T>
bool whole(Op op, T a, T b, T& out, Fault& fault) {
  switch (op) {
    case Op::kAdd:
      return !__builtin_add_overflow(a, b, &out) || overflow(fault);
    case Op::kSubtract:
      return !__builtin_sub_overflow(a, b, &out) || overflow(fault);
    case Op::kMultiply:
      return !__builtin_mul_overflow(a, b, &out) || overflow(fault);
    default:
      break;
  }
  if (b == 0) {
    return fault_of(fault, Code::kInvalidArgument, op == Op::kDivide ? "divide by zero" : "modulus by zero");
  }
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) {  // the one quotient that overflows is -2^63 / -1
      if (op == Op::kDivide && a == INT64_MIN) return overflow(fault);
      out = op == Op::kDivide ? -a : 0;
      return true;
    }
  }
  out = op == Op::kDivide ? a / b : a % b;
  return true;
}

bool real(Op op, double a, double b, Value& out, Fault& fault) {
  switch (op) {
    case Op::kAdd:
      out = Value::number(a + b);
      return true;
    case Op::kSubtract:
      out = Value::number(a - b);
      return true;
    case Op::kMultiply:
      out = Value::number(a * b);
      return true;
    case Op::kDivide:
      out = Value::number(a / b);
      return true;
    default:
      return no_overload(fault);
  }
}

double as_real(const Value& value) {
  return value.is(Kind::kInt)    ? static_cast<double>(value.as_int())
         : value.is(Kind::kUint) ? static_cast<double>(value.as_uint())
                                 : value.as_double();
}

bool timed(Op op, const Value& a, const Value& b, Value& out, Fault& fault) {
  bool a_moment = a.is(Kind::kTimestamp), b_moment = b.is(Kind::kTimestamp);
  bool a_length = a.is(Kind::kDuration), b_length = b.is(Kind::kDuration);
  if (!(a_moment || a_length) || !(b_moment || b_length)) return no_overload(fault);
  if (op == Op::kAdd ? (a_moment && b_moment) : (op != Op::kSubtract || (a_length && b_moment)))
    return no_overload(fault);
  Seconds result = op == Op::kAdd ? plus(a.as_seconds(), b.as_seconds()) : minus(a.as_seconds(), b.as_seconds());
  bool moment = a_moment != b_moment;
  bool fits = moment ? timestamp_in_range(result) : duration_in_range(result);
  if (a_moment && b_moment) fits = fits_nanoseconds(result);
  if (!fits) return fault_of(fault, Code::kOutOfRange, "range error: the time does not fit");
  out = moment ? Value::timestamp(result) : Value::duration(result);
  return true;
}

}  // namespace

bool compute(Op op, const Value& a, const Value& b, Value& out, Fault& fault) {
  if (a.is(Kind::kInt) && b.is(Kind::kInt)) {
    int64_t result = 0;
    if (!whole(op, a.as_int(), b.as_int(), result, fault)) return false;
    out = Value::integer(result);
    return true;
  }
  if (a.is(Kind::kUint) && b.is(Kind::kUint)) {
    uint64_t result = 0;
    if (!whole(op, a.as_uint(), b.as_uint(), result, fault)) return false;
    out = Value::uinteger(result);
    return true;
  }
  // Numbers of JSON are ints or doubles by how they happen to be written, so here the two mix; what is known at load
  // to be an int and a double does not get past the checker.
  bool numbers = a.is_number() && b.is_number();
  if (numbers && (a.is(Kind::kDouble) || b.is(Kind::kDouble))) return real(op, as_real(a), as_real(b), out, fault);
  if (numbers) return no_overload(fault);
  return timed(op, a, b, out, fault);
}

}  // namespace fovea::expr
