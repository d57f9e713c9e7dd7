#include "base/utf8.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(Utf8, EveryCodePointGoesBothWays) {
  for (char32_t c = 0; c <= 0x10FFFF; c = c == 0xD7FF ? 0xE000 : c + 1) {
    std::string text;
    append_utf8(c, text);
    size_t at = 0;
    ASSERT_EQ(next_code_point(text, at), c);
    ASSERT_EQ(at, text.size());
  }
}

TEST(Utf8, MalformedBytesBecomeReplacements) {
  // Overlong, surrogate, past the end, lone continuation, cut off (Unicode 15, table 3-8: maximal subparts).
  EXPECT_EQ(repair_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(repair_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(repair_utf8("\xF4\x90\x80\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(repair_utf8("a\x80z"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(repair_utf8("\xE4\xBD"), "\xEF\xBF\xBD");
  EXPECT_EQ(utf8_error_at("ab\xFF"), 2u);
  EXPECT_TRUE(is_utf8("\xEF\xBF\xBD")) << "a replacement that was written is valid";
}

TEST(Utf8, AnyBytesAreRepairedToValidText) {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>((i * 7919) >> 3);
  EXPECT_TRUE(is_utf8(repair_utf8(bytes)));
}

TEST(Utf8, WidthsAreATerminals) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("退款"), 4u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);
  EXPECT_TRUE(is_cjk(U'退'));
  EXPECT_FALSE(is_cjk(U'a'));
}

}  // namespace
}  // namespace fovea
