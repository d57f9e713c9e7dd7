#include "engine/train/table.h"

#include <gtest/gtest.h>

#include "engine/train/limits.h"
#include "engine/train/split.h"

namespace fovea::train {
namespace {

std::string rows_of(size_t count, const std::string& header = "text,label\n") {
  std::string out = header;
  for (size_t i = 0; i < count; ++i) out += "message " + std::to_string(i) + "," + (i % 2 ? "a" : "b") + "\n";
  return out;
}

Result<Table> read(const std::string& bytes) {
  return table_from_bytes(bytes, "t.csv", "text", "label");
}

bool warned(const Table& table, uint64_t line, std::string_view part) {
  for (const Warning& w : table.warnings) {
    if (w.line == line && w.text.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST(Table, ReadsCsvWithQuotesAndLineBreaks) {
  auto table = read(rows_of(30) + "\"two\nlines, and \"\"quotes\"\"\",a\r\nlast,b");
  ASSERT_TRUE(table.has_value()) << table.error().text();
  EXPECT_EQ(table->rows(), 32u);
  EXPECT_EQ(table->texts[30], "two\nlines, and \"quotes\"");
  EXPECT_EQ(table->lines[30], 32u);
  EXPECT_EQ(table->lines[31], 34u);
  EXPECT_EQ(table->label_names, (std::vector<std::string>{"a", "b"}));
}

TEST(Table, ReadsJsonLinesAndNumbersAsLabels) {
  std::string bytes;
  for (int i = 0; i < 30; ++i)
    bytes += "{\"text\":\"m" + std::to_string(i) + "\",\"label\":" + std::to_string(i % 2) + "}\n";
  auto table = read(bytes);
  ASSERT_TRUE(table.has_value()) << table.error().text();
  EXPECT_EQ(table->label_names, (std::vector<std::string>{"0", "1"}));
}

TEST(Table, RefusesAMissingColumnWithTheNearestName) {
  auto table = read(rows_of(30, "txt,label\n"));
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().where, "t.csv:1");
  EXPECT_NE(table.error().message.find("'text'"), std::string::npos);
  EXPECT_NE(table.error().hint.find("txt"), std::string::npos);
  EXPECT_FALSE(read("{\"txt\":\"x\",\"label\":\"a\"}\n").has_value());
}

TEST(Table, RefusesWithTheRow) {
  EXPECT_EQ(read(rows_of(5) + "\xD6\xD0,a\n").error().where, "t.csv:7");
  EXPECT_EQ(read(rows_of(5) + "a,b,c\n").error().where, "t.csv:7");
  EXPECT_EQ(read(rows_of(5) + "\"never closed,a\n").error().where, "t.csv:7");
  EXPECT_EQ(read("{\"text\":\"x\",\"label\":\"a\"}\n{\"text\":").error().where.substr(0, 7), "t.csv:2");
}

TEST(Table, RefusesTooFewRowsAndOneLabel) {
  EXPECT_NE(read(rows_of(10)).error().message.find("10 usable rows"), std::string::npos);
  EXPECT_TRUE(read(rows_of(kRowsMin)).has_value());
  EXPECT_FALSE(read(rows_of(kRowsMin - 1)).has_value());
  std::string same = "text,label\n";
  for (int i = 0; i < 30; ++i) same += "m" + std::to_string(i) + ",only\n";
  EXPECT_NE(read(same).error().message.find("same label 'only'"), std::string::npos);
  EXPECT_FALSE(read("").has_value());
  EXPECT_FALSE(table_from_bytes(rows_of(30), "t.csv", "text", "text").has_value());
}

TEST(Table, WarnsOfEmptyDoubleContradictingAndRareRows) {
  auto table = read(rows_of(30) + " ,a\nmessage 1,a\nmessage 2,a\nonly one,rare\nno label,\nx1,few\nx2,few\n");
  ASSERT_TRUE(table.has_value()) << table.error().text();
  EXPECT_TRUE(warned(*table, 32, "empty text"));
  EXPECT_TRUE(warned(*table, 33, "same text and label as an earlier row, left out (row 3)"));
  EXPECT_TRUE(warned(*table, 34, "'a', and 'b' in row 4"));
  EXPECT_TRUE(warned(*table, 35, "'rare' has 1 row, left out"));
  EXPECT_TRUE(warned(*table, 36, "no label"));
  EXPECT_TRUE(warned(*table, 37, "'few' has 2 rows"));
  EXPECT_EQ(table->rows(), 33u);
  EXPECT_EQ(table->label_names.size(), 3u);
}

TEST(Table, CountsWarningsPastTheFirst) {
  std::string bytes = rows_of(30);
  for (size_t i = 0; i < kWarningsShown + 5; ++i) bytes += " ,a\n";
  auto table = read(bytes);
  ASSERT_TRUE(table.has_value());
  EXPECT_TRUE(warned(*table, 0, "25 rows in all"));
}

TEST(Split, GivesEveryFoldItsShareOfEveryLabel) {
  std::vector<uint32_t> labels;
  for (uint32_t i = 0; i < 103; ++i) labels.push_back(i % 4);
  auto folds = stratified_folds(labels, 5, 1);
  std::vector<int> sizes(5), of_label(5);
  for (size_t i = 0; i < labels.size(); ++i) {
    ++sizes[folds[i]];
    of_label[folds[i]] += labels[i] == 2;
  }
  for (int fold = 0; fold < 5; ++fold) {
    EXPECT_GE(sizes[fold], 20);
    EXPECT_LE(sizes[fold], 21);
    EXPECT_GE(of_label[fold], 5);
  }
  EXPECT_EQ(folds, stratified_folds(labels, 5, 1));
  EXPECT_NE(folds, stratified_folds(labels, 5, 2));
}

}  // namespace
}  // namespace fovea::train
