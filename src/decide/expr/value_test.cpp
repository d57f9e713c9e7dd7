#include "decide/expr/value.h"

#include <gtest/gtest.h>

#include <cmath>

#include "decide/expr/type.h"

namespace fovea::expr {
namespace {

TEST(Value, TimesOfSources) {
  EXPECT_EQ(to_time_point(Value::text_view("2026-09-01T08:00:00+08:00"))->ns, 1'788'220'800'000'000'000);
  EXPECT_EQ(to_time_point(Value::integer(1'788'220'800))->ns, 1'788'220'800'000'000'000);
  EXPECT_EQ(to_time_point(Value::integer(1'788'220'800'250))->ns, 1'788'220'800'250'000'000);
  EXPECT_EQ(to_time_point(Value::number(1'788'220'800.5))->ns, 1'788'220'800'500'000'000);
  EXPECT_EQ(to_time_point(Value()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(to_time_point(Value::integer(INT64_MAX)).error().code, Code::kOutOfRange);
}

TEST(Value, ViewsJsonWithoutCopying) {
  Json json = parse_json(R"({"a": [1, 2.5, "x", null, true], "b": {"c": 18446744073709551615}})").value();
  Value root = Value::view(json);
  Value list = *root.find("a");
  EXPECT_EQ(list.size(), 5u);
  EXPECT_EQ(list.element(2).as_text().data(), json.at("a").at(2).get_string().data());
  EXPECT_TRUE(list.element(3).is(Kind::kNull));
  EXPECT_EQ(root.find("b")->find("c")->as_uint(), UINT64_MAX);
  EXPECT_FALSE(root.find("c"));
  EXPECT_EQ(root.entry(1).first.as_text(), "b");
  EXPECT_EQ(to_json(root), json);
}

TEST(Value, PartsShareTheirOwner) {
  Value piece;
  {
    Value whole = Value::text(std::string(100, 'a') + "tail");
    piece = whole.part(whole.as_text().substr(100));
  }
  EXPECT_EQ(piece.as_text(), "tail");
}

TEST(Value, EqualityAndOrderOverKinds) {
  EXPECT_TRUE(equal(Value::integer(1), Value::number(1.0)));
  EXPECT_TRUE(equal(Value::uinteger(1), Value::integer(1)));
  EXPECT_FALSE(equal(Value::integer(-1), Value::uinteger(UINT64_MAX)));
  EXPECT_FALSE(equal(Value::text("1"), Value::integer(1)));
  EXPECT_FALSE(equal(Value::number(NAN), Value::number(NAN)));
  EXPECT_TRUE(equal(Value::map({{Value::text("a"), Value::integer(1)}, {Value::text("b"), Value()}}),
                    Value::map({{Value::text("b"), Value()}, {Value::text("a"), Value::number(1)}})));
  EXPECT_EQ(compare(Value::number(-1), Value::uinteger(0)), Order::kLess);
  EXPECT_EQ(compare(Value::text("a"), Value::text("α")), Order::kLess);
  EXPECT_EQ(compare(Value::text("a"), Value::integer(1)), Order::kNone);
  EXPECT_EQ(compare(Value::number(NAN), Value::number(1)), Order::kNone);
}

TEST(Value, AsJsonAndAsText) {
  EXPECT_EQ(to_json(Value::timestamp(Seconds{1234567890, 500'000'000})), Json("2009-02-13T23:31:30.500Z"));
  EXPECT_EQ(to_json(Value::duration(Seconds{-2, 500'000'000})), Json("-1.500s"));
  EXPECT_EQ(to_json(Value::bytes("\xFF")), Json("/w=="));
  EXPECT_EQ(to_json(Value::number(INFINITY)), Json(nullptr));
  EXPECT_EQ(to_text(Value::text("plain")), "plain");
  EXPECT_EQ(to_text(Value::number(0.5)), "0.5");
  EXPECT_EQ(to_text(Value::list({Value::integer(1), Value::text("x")})), "[1,\"x\"]");
}

TEST(Type, AssignsAndJoins) {
  Type record = Type::record({{"a", Kind::kInt}});
  EXPECT_TRUE(assignable(record, Type::map(Kind::kString, Kind::kDyn)));
  EXPECT_TRUE(assignable(Kind::kDyn, record));
  EXPECT_FALSE(assignable(Type::list(Kind::kInt), Type::list(Kind::kString)));
  EXPECT_EQ(join(Kind::kInt, Kind::kString), Type(Kind::kDyn));
  EXPECT_EQ(join(Type::list(Kind::kInt), Type::list(Kind::kString)).text(), "list(dyn)");
  EXPECT_EQ(record.member("a")->type, Type(Kind::kInt));
  EXPECT_EQ(record.member("b"), nullptr);
}

}  // namespace
}  // namespace fovea::expr
