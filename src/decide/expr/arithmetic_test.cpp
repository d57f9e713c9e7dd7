#include <gtest/gtest.h>

#include "decide/expr/evaluator.h"
#include "decide/expr/operator_type.h"

namespace fovea::expr {
namespace {

Value made(Op op, Value a, Value b, Code* code = nullptr) {
  Value out;
  Fault fault;
  if (!compute(op, a, b, out, fault)) {
    if (code) *code = fault.code;
    return Value();
  }
  return out;
}

TEST(Arithmetic, NeverWraps) {
  Code code{};
  auto i = [](int64_t value) { return Value::integer(value); };
  EXPECT_EQ(made(Op::kAdd, i(INT64_MAX), i(0)).as_int(), INT64_MAX);
  EXPECT_TRUE(made(Op::kAdd, i(INT64_MAX), i(1), &code).is(Kind::kNull));
  EXPECT_EQ(code, Code::kOutOfRange);
  EXPECT_TRUE(made(Op::kDivide, i(INT64_MIN), i(-1), &code).is(Kind::kNull));
  EXPECT_EQ(code, Code::kOutOfRange);
  EXPECT_EQ(made(Op::kModulo, i(INT64_MIN), i(-1)).as_int(), 0);
  EXPECT_TRUE(made(Op::kModulo, i(1), i(0), &code).is(Kind::kNull));
  EXPECT_EQ(code, Code::kInvalidArgument);
  EXPECT_TRUE(made(Op::kSubtract, Value::uinteger(0), Value::uinteger(1), &code).is(Kind::kNull));
}

TEST(Arithmetic, NumbersOfJsonMixAndTimesDoNot) {
  EXPECT_EQ(made(Op::kMultiply, Value::integer(3), Value::number(0.5)).as_double(), 1.5);
  EXPECT_TRUE(made(Op::kAdd, Value::uinteger(3), Value::integer(1)).is(Kind::kNull));
  Value moment = Value::timestamp(Seconds{10, 0}), length = Value::duration(Seconds{3, 500'000'000});
  EXPECT_EQ(made(Op::kAdd, length, moment).as_seconds(), (Seconds{13, 500'000'000}));
  EXPECT_EQ(made(Op::kSubtract, moment, length).as_seconds(), (Seconds{6, 500'000'000}));
  EXPECT_TRUE(made(Op::kSubtract, length, moment).is(Kind::kNull));
  EXPECT_TRUE(made(Op::kAdd, moment, moment).is(Kind::kNull));
  EXPECT_TRUE(made(Op::kMultiply, length, Value::integer(2)).is(Kind::kNull));
}

TEST(OperatorType, SaysWhatASignGives) {
  EXPECT_EQ(arithmetic_type(Op::kAdd, Kind::kInt, Kind::kInt), Type(Kind::kInt));
  EXPECT_EQ(arithmetic_type(Op::kAdd, Kind::kDyn, Kind::kString), Type(Kind::kString));
  EXPECT_EQ(arithmetic_type(Op::kAdd, Kind::kInt, Kind::kDouble), std::nullopt);
  EXPECT_EQ(arithmetic_type(Op::kModulo, Kind::kDouble, Kind::kDouble), std::nullopt);
  EXPECT_EQ(arithmetic_type(Op::kSubtract, Kind::kTimestamp, Kind::kTimestamp), Type(Kind::kDuration));
  EXPECT_EQ(arithmetic_type(Op::kMultiply, Kind::kDyn, Kind::kString), std::nullopt);
  EXPECT_TRUE(comparable(Kind::kInt, Kind::kDouble));
  EXPECT_FALSE(comparable(Kind::kInt, Kind::kString));
  EXPECT_FALSE(ordered(Type::list(Kind::kInt)));
}

}  // namespace
}  // namespace fovea::expr
