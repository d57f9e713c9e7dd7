#include "stream/connectors/charset.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace fovea::connectors {
namespace {

TEST(Charset, LabelsAndWhatTheyMean) {
  EXPECT_EQ(to_utf8("\xC4\xE3\xBA\xC3", "GB2312").text, "你好");
  EXPECT_EQ(to_utf8("\x81\x30\x89\x37", "gbk").text, to_utf8("\x81\x30\x89\x37", "gb18030").text)
      << "GBK is read as its superset";
  EXPECT_EQ(to_utf8("\x93quoted\x94", "iso-8859-1").text, "“quoted”") << "Latin-1 is read as Windows-1252";
  EXPECT_EQ(to_utf8("\xA7\x41\xA6\x6E", "big5").text, "你好");
  EXPECT_EQ(to_utf8("\xCF\xF0\xE8\xE2\xE5\xF2", "windows-1251").text, "Привет");
  EXPECT_EQ(to_utf8("\x1B$B$3$s$K$A$O\x1B(B", "iso-2022-jp").text, "こんにちは");
  EXPECT_FALSE(to_utf8("plain", "us-ascii").repaired);
}

TEST(Charset, LabelsThatLie) {
  EXPECT_EQ(to_utf8("héllo", "iso-8859-1").text, "héllo");
  EXPECT_EQ(to_utf8("caf\xE9", "utf-8").text, "café");
  EXPECT_EQ(to_utf8("caf\xE9", "no-such-thing").text, "café");
  Decoded cut = to_utf8("一二三四五六七八\xE4\xB9", "utf-8");
  EXPECT_EQ(cut.text, "一二三四五六七八\uFFFD") << "one broken character does not make it another character set";
  EXPECT_TRUE(cut.repaired);
}

TEST(Charset, WhatIsNoChinese) {
  EXPECT_TRUE(plausible_gb18030("\xCE\xD2\xB5\xC4\xB6\xA9\xB5\xA5"));
  EXPECT_FALSE(plausible_gb18030("f\xFCr Gr\xF6\xDF\x65"));
  EXPECT_FALSE(plausible_gb18030("\xF0\xD2\xC9\xD7\xC5\xD4 \xCB\xC1\xCB \xC4\xC5\xCC\xC1"));  // Cyrillic in KOI8-R
  EXPECT_FALSE(plausible_gb18030("plain"));
}

TEST(Charset, HeadersWithBrokenWords) {
  EXPECT_EQ(decode_header("=?utf-8?Q?a_b=3D?= and =?x?="), "a b= and =?x?=");
  EXPECT_EQ(decode_header("=?utf-8*en?Q?hi?="), "hi");
  EXPECT_EQ(decode_header("  folded\r\n\tline "), "folded line");
  EXPECT_EQ(decode_header("=?utf-8?B?5L2g?=\r\n =?gb2312?B?usM=?="), "你好");
  std::string any;
  for (int i = 0; i < 300; ++i) any += static_cast<char>(i * 31) + std::string("=?");
  EXPECT_TRUE(is_utf8(decode_header(any)));
}

}  // namespace
}  // namespace fovea::connectors
