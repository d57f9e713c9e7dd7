#include "engine/tokenize/text_pipeline.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "engine/tokenize/tokenizer_folder.h"

namespace fovea::tokenize {
namespace {

constexpr const char* kPieces[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]",  "[MASK]", "un", "##aff", "##able",
                                   "aff",   "able",  "run",   "##ning", "the",    "安", "全",    ",",
                                   "!",     "cafe",  "##s",   "i",      "##n",    "a",  "##b",   "##bb"};

std::unique_ptr<TextPipeline> tiny() {
  std::string lines;
  for (const char* piece : kPieces) lines.append(piece).append("\n");
  auto parts = parts_from_vocabulary(lines, Json());
  EXPECT_TRUE(parts.has_value());
  return TextPipeline::create(std::move(*parts)).value();
}

std::vector<std::string> pieces_of(const TextPipeline& tokenizer, std::string_view text, size_t most = 64) {
  Encoding encoding;
  tokenizer.encode(text, most, encoding);
  std::vector<std::string> pieces;
  for (int32_t id : encoding.ids) pieces.emplace_back(kPieces[id]);
  return pieces;
}

using Pieces = std::vector<std::string>;

TEST(TextPipeline, TakesTheLongestPieceFirst) {
  const auto t = tiny();
  EXPECT_EQ(pieces_of(*t, "unaffable"), (Pieces{"[CLS]", "un", "##aff", "##able", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, "running the Able!"), (Pieces{"[CLS]", "run", "##ning", "the", "able", "!", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, "abbb"), (Pieces{"[CLS]", "a", "##bb", "##b", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, "unaffx the"), (Pieces{"[CLS]", "[UNK]", "the", "[SEP]"}));  // all of the word or none
  EXPECT_EQ(pieces_of(*t, ""), (Pieces{"[CLS]", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, " \t\n\u00A0\u3000 "), (Pieces{"[CLS]", "[SEP]"}));
}

TEST(TextPipeline, SetsChineseCharactersAndPunctuationApart) {
  const auto t = tiny();
  EXPECT_EQ(pieces_of(*t, "run安全,the"), (Pieces{"[CLS]", "run", "安", "全", ",", "the", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, "全角，"), (Pieces{"[CLS]", "全", "[UNK]", "[UNK]", "[SEP]"}));
}

TEST(TextPipeline, StripsAccentsAndControls) {
  const auto t = tiny();
  EXPECT_EQ(pieces_of(*t, "Café CAFE\u0301S"), (Pieces{"[CLS]", "cafe", "cafe", "##s", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, std::string_view("r\0u\u200Bn\x7F", 8)), (Pieces{"[CLS]", "run", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, "r\xFFu\xE5\xAEn"), (Pieces{"[CLS]", "run", "[SEP]"}));  // U+FFFD is cleaned away
  EXPECT_EQ(pieces_of(*t, "İ"), (Pieces{"[CLS]", "i", "[SEP]"}));
}

TEST(TextPipeline, KnowsSpecialTokensInTheText) {
  const auto t = tiny();
  EXPECT_EQ(pieces_of(*t, "run[SEP]the [MASK]!"), (Pieces{"[CLS]", "run", "[SEP]", "the", "[MASK]", "!", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, "[sep]").size(), 5u);  // '[', 'sep' and ']' are unknown
}

TEST(TextPipeline, WordsOfMoreThanAHundredCharactersAreUnknown) {
  const auto t = tiny();
  EXPECT_EQ(pieces_of(*t, "a" + std::string(99, 'b'), 256).size(), 2 + 1 + 50);
  EXPECT_EQ(pieces_of(*t, "a" + std::string(100, 'b')), (Pieces{"[CLS]", "[UNK]", "[SEP]"}));
}

TEST(TextPipeline, TruncatesToTheFirstTokens) {
  const auto t = tiny();
  Encoding encoding;
  t->encode("unaffable the", 6, encoding);
  EXPECT_FALSE(encoding.truncated);
  EXPECT_EQ(encoding.ids.size(), 6u);
  t->encode("unaffable the", 5, encoding);
  EXPECT_TRUE(encoding.truncated);
  EXPECT_EQ(pieces_of(*t, "unaffable the", 4), (Pieces{"[CLS]", "un", "##aff", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, "the[SEP]the", 3), (Pieces{"[CLS]", "the", "[SEP]"}));
  EXPECT_EQ(pieces_of(*t, "the", 2), (Pieces{"[CLS]", "[SEP]"}));
}

TEST(TextPipeline, SpansAreBytesOfTheTextAsItWas) {
  const auto t = tiny();
  const std::string text = "  Café\u0301S\xFF, 安 unaffable";
  Encoding encoding;
  t->encode(text, 64, encoding);
  std::vector<std::string> parts;
  for (const TokenSpan& span : encoding.spans) parts.push_back(text.substr(span.begin, span.end - span.begin));
  EXPECT_EQ(parts, (Pieces{"", "Café", "S", ",", "安", "un", "aff", "able", ""}));
}

TEST(TextPipeline, AnyBytesGiveIdsInRangeAndSpansInOrder) {
  const auto t = tiny();
  Random random(5);
  Encoding encoding;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (uint64_t n = random.below(80); n > 0; --n) text += static_cast<char>(random.below(256));
    t->encode(text, 40, encoding);
    ASSERT_EQ(encoding.ids.size(), encoding.spans.size());
    ASSERT_LE(encoding.ids.size(), 40u);
    uint32_t at = 0;
    for (size_t i = 1; i + 1 < encoding.ids.size(); ++i) {
      ASSERT_LT(encoding.ids[i], t->vocabulary_size());
      ASSERT_GE(encoding.spans[i].begin, at);
      ASSERT_LE(encoding.spans[i].end, text.size());
      at = encoding.spans[i].begin;
    }
  }
}

TEST(TextPipeline, DecodesWhatItReads) {
  const auto t = tiny();
  Encoding encoding;
  t->encode("Unaffable, the [MASK] run!", 64, encoding);
  EXPECT_EQ(t->decode(encoding.ids, true).value(), "unaffable, the run!");
  EXPECT_EQ(t->decode(encoding.ids, false).value(), "[CLS] unaffable, the [MASK] run! [SEP]");
  const std::vector<int32_t> none = {-1, 5, 1 << 30, 6, static_cast<int32_t>(t->vocabulary_size())};
  EXPECT_EQ(t->decode(none, true).value(), "unaff");  // ids that no token has
  EXPECT_EQ(t->decode({}, true).value(), "");
}

TEST(TextPipeline, SetsAPairApartAndCutsTheLongerTextFirst) {
  const auto t = tiny();
  Encoding encoding;
  t->encode_pair("the run", "cafe", 64, encoding);
  EXPECT_EQ(encoding.ids, (std::vector<int32_t>{2, 12, 10, 3, 17, 3}));
  EXPECT_EQ(encoding.type_ids, (std::vector<int32_t>{0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(encoding.spans[4], (TokenSpan{0, 4}));  // in the second text
  EXPECT_FALSE(encoding.truncated);
  t->encode_pair("the run the run the run", "cafe", 6, encoding);
  EXPECT_EQ(encoding.ids, (std::vector<int32_t>{2, 12, 10, 3, 17, 3}));
  EXPECT_TRUE(encoding.truncated);
  t->encode_pair("the run the run", "cafe cafe cafe cafe", 8, encoding);
  EXPECT_EQ(encoding.type_ids, (std::vector<int32_t>{0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(t->special_tokens(true), 3u);
}

}  // namespace
}  // namespace fovea::tokenize
