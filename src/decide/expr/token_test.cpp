#include "decide/expr/token.h"

#include <gtest/gtest.h>

namespace fovea::expr {
namespace {

TEST(Token, ReadsEveryForm) {
  auto tokens = tokens_of("a `b-c` 1 0x1Fu 1.5e-3 .5 'x\\n' r'\\n' b'\\377' \"\"\"q\"r\"\"\" <= // end");
  ASSERT_TRUE(tokens) << tokens.error().text();
  using Kind = Token::Kind;
  Kind kinds[] = {Kind::kName,   Kind::kQuotedName, Kind::kInt,   Kind::kUint,   Kind::kDouble, Kind::kDouble,
                  Kind::kString, Kind::kString,     Kind::kBytes, Kind::kString, Kind::kSign,   Kind::kEnd};
  ASSERT_EQ(tokens->size(), std::size(kinds));
  for (size_t i = 0; i < std::size(kinds); ++i) EXPECT_EQ((*tokens)[i].kind, kinds[i]) << i;
  EXPECT_EQ((*tokens)[1].text, "b-c");
  EXPECT_EQ((*tokens)[3].whole, 31u);
  EXPECT_EQ((*tokens)[4].number, 0.0015);
  EXPECT_EQ((*tokens)[6].text, "x\n");
  EXPECT_EQ((*tokens)[7].text, "\\n");
  EXPECT_EQ((*tokens)[8].text, "\xFF");
  EXPECT_EQ((*tokens)[9].text, "q\"r");
}

TEST(Token, SaysWhatIsWrong) {
  auto error = [](std::string_view text) { return tokens_of(text).error().text(); };
  EXPECT_NE(error("a = 1").find("column 3: '=' is no operator (equality is '==')"), std::string::npos);
  EXPECT_NE(error("a & b").find("did you mean '&&'?"), std::string::npos);
  EXPECT_NE(error("'abc").find("column 1: a quoted text does not end"), std::string::npos);
  EXPECT_NE(error("'a\nb'").find("over the end of its line"), std::string::npos);
  EXPECT_NE(error("5m").find("runs into a letter"), std::string::npos);
  EXPECT_NE(error("'\\q'").find("unknown escape"), std::string::npos);
  EXPECT_NE(error("'\\ud800'").find("no such code point"), std::string::npos);
  EXPECT_NE(error("18446744073709551616u").find("beyond 64 bits"), std::string::npos);
  EXPECT_NE(error("退款").find("unexpected character '退'"), std::string::npos);
  EXPECT_NE(error("a\xFF").find("not UTF-8"), std::string::npos);
  EXPECT_EQ(place_in("我要x", 6), "column 3");
  EXPECT_EQ(place_in("a\nbc", 3), "line 2, column 2");
}

}  // namespace
}  // namespace fovea::expr
