#include "decide/table/cell.h"

#include <gtest/gtest.h>

#include "decide/table/limits.h"

namespace fovea::table {
namespace {

using expr::Kind;
using expr::Value;

TEST(Cell, LiteralsFollowTheColumn) {
  EXPECT_TRUE(parse_literal("7", Kind::kDyn).value.is(Kind::kInt));
  EXPECT_TRUE(parse_literal("7", Kind::kString).value.is(Kind::kString));
  EXPECT_TRUE(parse_literal("007", Kind::kDyn).value.is(Kind::kString));
  EXPECT_TRUE(parse_literal("1.", Kind::kDyn).value.is(Kind::kString));
  EXPECT_TRUE(parse_literal("1h", Kind::kDuration).value.is(Kind::kDuration));
  EXPECT_TRUE(parse_literal("2026-01-01T00:00:00Z", Kind::kTimestamp).value.is(Kind::kTimestamp));
  EXPECT_EQ(parse_literal("'a \\'b\\''", Kind::kDyn).text, "a 'b'");
}

TEST(Cell, TimesHaveRanges) {
  auto cell = parse_cell("[1h..2h)", Kind::kDuration);
  ASSERT_TRUE(cell) << cell.error().text();
  EXPECT_TRUE(cell->holds(Value::duration(expr::Seconds{3600, 0})));
  EXPECT_FALSE(cell->holds(Value::duration(expr::Seconds{7200, 0})));
  EXPECT_FALSE(cell->holds(Value::integer(3600)));
}

TEST(Cell, RefusesWhatMeansNothing) {
  for (std::string_view bad :
       {"a,,b", "not()", "not(-)", "~", ">", "[1..2", "[2..1]", "(1..1]", "> refund", "['a'..2]"}) {
    EXPECT_FALSE(parse_cell(bad, Kind::kDyn)) << bad;
  }
  std::string many = "0";
  for (size_t i = 1; i < kTestsMax; ++i) many += "," + std::to_string(i);
  EXPECT_TRUE(parse_cell(many, Kind::kDyn));
  EXPECT_EQ(parse_cell(many + ",x", Kind::kDyn).error().code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace fovea::table
