#include <gtest/gtest.h>

#include "decide/table/body.h"

namespace fovea::table {
namespace {

Table parsed(std::string_view csv, HitPolicy policy = HitPolicy::kFirst) {
  expr::Environment environment;
  environment.set("event", expr::Kind::kDyn);
  environment.set("text", expr::Kind::kString);
  auto table = Table::parse("t.csv", csv, environment, policy);
  EXPECT_TRUE(table) << table.error().text();
  return *table;
}

TEST(Warnings, OfGapsAndUnreachableRows) {
  Table gap = parsed("event.x,=> y\n< 5,a\n> 5,b\n");
  ASSERT_EQ(gap.warnings().size(), 2u);
  EXPECT_NE(gap.warnings()[0].message.find("event.x: 5;"), std::string::npos) << gap.warnings()[0].message;
  EXPECT_NE(gap.warnings()[1].message.find("event.x: missing"), std::string::npos) << gap.warnings()[1].message;
  Table dead = parsed("event.x,event.z,=> y\n> 5,-,a\n[6..7],b,b\n-,-,c\n1,1,d\n");
  ASSERT_EQ(dead.warnings().size(), 2u);
  EXPECT_EQ(dead.warnings()[0].line, 3u);
  EXPECT_EQ(dead.warnings()[1].line, 5u);
}

TEST(Warnings, ClaimNothingOfWhatTheyCannotDecide) {
  EXPECT_TRUE(parsed("text,=> label\n~ refund,a\n~ refund,b\n").warnings().empty());
  EXPECT_TRUE(parsed("event.x,=> y\n> 'b',a\n< 'b',c\n").warnings().empty());
  EXPECT_TRUE(parsed("event.x,=> y\n1,a\n", HitPolicy::kCollect).warnings().empty());
  Table dead = parsed("text,event.x,=> label\n-,1,a\n~ refund,1,b\n-,-,c\n");
  ASSERT_EQ(dead.warnings().size(), 1u);
  EXPECT_EQ(dead.warnings()[0].line, 3u);
}

}  // namespace
}  // namespace fovea::table
