#include "decide/table/column_index.h"

#include <gtest/gtest.h>

namespace fovea::table {
namespace {

std::vector<Row> rows_of(std::vector<std::string_view> cells) {
  std::vector<Row> out;
  for (std::string_view each : cells) {
    Row row;
    row.cells.push_back(*parse_cell(each, expr::Kind::kDyn));
    out.push_back(std::move(row));
  }
  return out;
}

TEST(ColumnIndex, GivesASupersetOfTheRowsThatHold) {
  std::vector<std::string_view> cells(80, "x");
  cells[3] = "-";
  cells[70] = "5, a";
  auto rows = rows_of(cells);
  ColumnIndex index = index_of(rows, 0);
  ASSERT_TRUE(index.used);
  for (const expr::Value& value :
       {expr::Value::text("x"), expr::Value::text("a"), expr::Value::text("5"), expr::Value::number(5),
        expr::Value::integer(6), expr::Value::boolean(true), expr::Value()}) {
    const Bits& bits = candidates(index, value);
    for (size_t i = 0; i < rows.size(); ++i) {
      bool set = bits[i / 64] >> (i % 64) & 1;
      EXPECT_EQ(set, rows[i].cells[0].holds(value)) << i << " of " << expr::to_text(value);
    }
  }
}

TEST(ColumnIndex, StandsBackFromOtherTests) {
  std::vector<std::string_view> cells(80, "x");
  cells[9] = "> 5";
  EXPECT_FALSE(index_of(rows_of(cells), 0).used);
  cells[9] = "not(a)";
  EXPECT_FALSE(index_of(rows_of(cells), 0).used);
  EXPECT_FALSE(index_of(rows_of({"a", "b"}), 0).used);
}

}  // namespace
}  // namespace fovea::table
