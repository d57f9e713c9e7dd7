#include "engine/tokenize/bert_text.h"

#include <gtest/gtest.h>

namespace fovea::tokenize {
namespace {

constexpr BertTextOptions kUncased{}, kCased{true, true, false, false};

std::vector<std::string> words(const BertTextOptions& options, std::string_view text) {
  const BertText reader(options);
  std::vector<std::string> found;
  Word scratch;
  reader.split(text, 0, text.size(), scratch, [&](const Word& word) {
    found.push_back(word.text);
    return true;
  });
  return found;
}

using Words = std::vector<std::string>;

// Golden values from Hugging Face tokenizers 0.23.
TEST(BertText, NormalisesAsTheReference) {
  const BertText uncased(kUncased), cased(kCased);
  EXPECT_EQ(uncased.normalise("Ünïcödé ΣΊΣΥΦΟΣ"), "unicode σισυφοσ");
  EXPECT_EQ(cased.normalise("Ünï\tcödé"), "Ünï cödé");
  EXPECT_EQ(uncased.normalise("ẞ ß ﬁ İ K"), "ß ß ﬁ i k");
  EXPECT_EQ(uncased.normalise("한국"), "\u1112\u1161\u11ab\u1100\u116e\u11a8");  // Jamo, as NFD gives them
  EXPECT_EQ(cased.normalise("한국"), "한국");
  EXPECT_EQ(uncased.normalise("a\u200Db\uFEFFc\u00ADd"), "abcd");
  EXPECT_EQ(uncased.normalise("が"), "か");
  EXPECT_EQ(uncased.normalise("a\u1885b"), "a\u1885b");  // a letter in Unicode 8, a mark since
  EXPECT_EQ(uncased.normalise("安全"), " 安  全 ");
  EXPECT_EQ(uncased.normalise("\U0002B820"), "\U0002B820");  // the gap in the reference's list
  EXPECT_EQ(uncased.normalise("\U0002B920"), " \U0002B920 ");
}

TEST(BertText, PutsCombiningCharactersInCanonicalOrder) {
  const BertText uncased(kUncased);
  // Neither is a mark that is stripped: classes 226 and 216 change places.
  EXPECT_EQ(uncased.normalise("x\U0001D16D\U0001D165"), "x\U0001D165\U0001D16D");
}

TEST(BertText, SplitsAtSpaceAndPunctuation) {
  EXPECT_EQ(words(kUncased, "don't stop—now $5"), (Words{"don", "'", "t", "stop", "—", "now", "$", "5"}));
  EXPECT_EQ(words(kUncased, "a\u037Eb"), (Words{"a", ";", "b"}));      // the Greek question mark decomposes to ';'
  EXPECT_EQ(words(kUncased, "€5 \u2E5Dx"), (Words{"€5", "\u2E5Dx"}));  // no punctuation; one that came after Unicode 8
  EXPECT_EQ(words(kCased, "Hello，世界"), (Words{"Hello", "，", "世", "界"}));
}

TEST(BertText, StopsWhenToldTo) {
  const BertText reader(kUncased);
  Word scratch;
  int seen = 0;
  EXPECT_FALSE(reader.split("a b c d", 0, 7, scratch, [&](const Word&) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace fovea::tokenize
