#include "engine/tokenize/normalizer.h"

#include <gtest/gtest.h>

namespace fovea::tokenize {
namespace {

std::string normalised(NormalizerStep step, std::string_view text) {
  return Normalizer({std::move(step)}).normalise(text);
}

constexpr BertStep kUncased{}, kCased{true, true, false, false};

// Golden values from Hugging Face tokenizers 0.23.
TEST(Normalizer, ReadsTextAsBertDoes) {
  EXPECT_EQ(normalised(kUncased, "Ünïcödé ΣΊΣΥΦΟΣ"), "unicode σισυφοσ");
  EXPECT_EQ(normalised(kCased, "Ünï\tcödé"), "Ünï cödé");
  EXPECT_EQ(normalised(kUncased, "ẞ ß ﬁ İ K"), "ß ß ﬁ i k");
  EXPECT_EQ(normalised(kUncased, "한국"), "\u1112\u1161\u11ab\u1100\u116e\u11a8");  // Jamo, as NFD gives them
  EXPECT_EQ(normalised(kCased, "한국"), "한국");
  EXPECT_EQ(normalised(kUncased, "a\u200Db\uFEFFc\u00ADd"), "abcd");
  EXPECT_EQ(normalised(kUncased, "が"), "か");
  EXPECT_EQ(normalised(kUncased, "a\u1885b"), "a\u1885b");  // a letter in Unicode 8, a mark since
  EXPECT_EQ(normalised(kUncased, "安全"), " 安  全 ");
  EXPECT_EQ(normalised(kUncased, "\U0002B820"), "\U0002B820");  // the gap in the reference's list
  EXPECT_EQ(normalised(kUncased, "\U0002B920"), " \U0002B920 ");
}

TEST(Normalizer, PutsCombiningCharactersInCanonicalOrder) {
  // Neither is a mark that is stripped: classes 226 and 216 change places.
  EXPECT_EQ(normalised(kUncased, "x\U0001D16D\U0001D165"), "x\U0001D165\U0001D16D");
  EXPECT_EQ(normalised(FormStep{UnicodeForm::kNfd}, "q\u0307\u0323"), "q\u0323\u0307");
}

TEST(Normalizer, KnowsTheFourForms) {
  EXPECT_EQ(normalised(FormStep{UnicodeForm::kNfc}, "e\u0301\u1112\u1161\u11ab"), "é한");
  EXPECT_EQ(normalised(FormStep{UnicodeForm::kNfd}, "é한"), "e\u0301\u1112\u1161\u11ab");
  EXPECT_EQ(normalised(FormStep{UnicodeForm::kNfkc}, "ﬁ ① Ａe\u0301"), "fi 1 Aé");
  EXPECT_EQ(normalised(FormStep{UnicodeForm::kNfkd}, "ﬁé"), "fie\u0301");
  EXPECT_EQ(normalised(FormStep{UnicodeForm::kNfc}, "\u0301x"), "\u0301x");
  EXPECT_EQ(normalised(FormStep{UnicodeForm::kNfd}, "\U00011938"), "\U00011938");  // came with Unicode 13
}

TEST(Normalizer, DoesTheSmallSteps) {
  EXPECT_EQ(normalised(LowercaseStep(), "ÄÖ İ ΑΣ"), "äö i\u0307 ασ");
  EXPECT_EQ(normalised(StripAccentsStep(), "e\u0301é"), "eé");
  EXPECT_EQ(normalised(StripStep{}, " \u3000a b\n"), "a b");
  EXPECT_EQ(normalised(StripStep{true, false}, " a "), "a ");
  EXPECT_EQ(normalised(StripStep{}, "  "), "");
  EXPECT_EQ(normalised(PrependStep{"▁"}, "a"), "▁a");
  EXPECT_EQ(normalised(PrependStep{"▁"}, ""), "");
  EXPECT_EQ(normalised(NmtStep(), "a\u200Bb\x07 \u0009"), "a b  ");
  EXPECT_EQ(normalised(ByteLettersStep(), " é\n"), "ĠÃ©Ċ");
  EXPECT_EQ(normalised(ReplaceStep{TextPattern::of_text(" ").value(), "▁"}, "a  b"), "a▁▁b");
  EXPECT_EQ(normalised(ReplaceStep{TextPattern::of_expression(" {2,}").value(), " "}, "a   b c"), "a b c");
  EXPECT_EQ(normalised(ReplaceStep{TextPattern::of_expression(R"(\d+)").value(), "#"}, "a12b3"), "a#b#");
}

TEST(Normalizer, KeepsWhereTextCameFrom) {
  const Normalizer normalizer({FormStep{UnicodeForm::kNfc}, LowercaseStep(), PrependStep{"▁"}});
  AlignedText text;
  NormalizerScratch scratch;
  text.show("E\u0301a", 7);
  normalizer.run(text, scratch, 7);
  ASSERT_EQ(text.view(), "▁éa");
  EXPECT_EQ(text.span(0, 3), (TokenSpan{7, 8}));  // as the reference: of two that became one, the first one's
  EXPECT_EQ(text.span(3, 5), (TokenSpan{7, 8}));
  EXPECT_EQ(text.span(5, 6), (TokenSpan{10, 11}));
}

}  // namespace
}  // namespace fovea::tokenize
