#include "base/csv.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

std::vector<CsvRow> all(std::string_view text) {
  CsvReader reader(text);
  std::vector<CsvRow> out;
  while (true) {
    auto row = reader.next();
    EXPECT_TRUE(row) << row.error().text();
    if (!row || !*row) return out;
    out.push_back(**row);
  }
}

std::string refused(std::string_view text) {
  CsvReader reader(text);
  while (true) {
    auto row = reader.next();
    if (!row) return row.error().text();
    if (!*row) return "accepted";
  }
}

TEST(Csv, ReadsQuotesLineEndsAndTheByteOrderMark) {
  auto rows =
      all("\xEF\xBB\xBF"
          "a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\n\n,\n最后,z");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].cells[0].text, "a");
  EXPECT_EQ(rows[1].cells[0].text, "x, \"y\"");
  EXPECT_EQ(rows[1].cells[1].text, "two\nlines");
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_EQ(rows[2].cells.size(), 2u);
  EXPECT_EQ(rows[2].line, 5u);
  EXPECT_EQ(rows[3].cells[1].column, 4u);  // characters, not bytes
  EXPECT_TRUE(all("").empty());
}

TEST(Csv, RefusesWhatRfc4180DoesNotKnow) {
  EXPECT_NE(refused("a\nb \"c\"\n").find("2:3: a quote inside"), std::string::npos);
  EXPECT_NE(refused("\"a\" b\n").find("1:4: text after a closing quote"), std::string::npos);
  EXPECT_NE(refused("a\n\"b\n\n").find("2:1: a quote that never closes"), std::string::npos);
  EXPECT_NE(refused("a,\xFF\n").find("not UTF-8"), std::string::npos);
  EXPECT_EQ(refused(std::string(kCsvCellBytesMax, 'x')), "accepted");
  EXPECT_NE(refused(std::string(kCsvCellBytesMax + 1, 'x')).find("over 1 MiB"), std::string::npos);
  EXPECT_EQ(refused(std::string(kCsvCellsMax - 1, ',')), "accepted");
  EXPECT_NE(refused(std::string(kCsvCellsMax, ',')).find("cells"), std::string::npos);
}

TEST(Csv, CellsSurviveBeingWritten) {
  for (std::string each : {"plain", "", "a,b", "say \"hi\"", " lead", "two\nlines"}) {
    auto rows = all(csv_cell(each) + ",x\n");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].cells[0].text, each);
  }
}

}  // namespace
}  // namespace fovea
