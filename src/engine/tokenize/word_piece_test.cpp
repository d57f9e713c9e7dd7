#include "engine/tokenize/word_piece.h"

#include <gtest/gtest.h>

namespace fovea::tokenize {
namespace {

std::vector<int32_t> ids(const SubwordModel& model, std::string_view word) {
  ModelScratch scratch;
  std::vector<ModelToken> tokens;
  model.tokenize(word, scratch, tokens);
  std::vector<int32_t> found;
  uint32_t at = 0;
  for (const ModelToken& token : tokens) {
    EXPECT_EQ(token.begin, at);
    at = token.end;
    found.push_back(token.id);
  }
  EXPECT_EQ(at, word.size());
  return found;
}

using Ids = std::vector<int32_t>;

WordPieceSetup setup() {
  WordPieceSetup made;
  made.pieces = {{"[UNK]", 0}, {"un", 1}, {"##aff", 2}, {"##able", 3}, {"ü", 4}, {"##ü", 5}};
  return made;
}

TEST(WordPiece, TakesTheLongestPieceOrAllIsUnknown) {
  const auto model = WordPiece::create(setup()).value();
  EXPECT_EQ(ids(*model, "unaffable"), (Ids{1, 2, 3}));
  EXPECT_EQ(ids(*model, "üü"), (Ids{4, 5}));
  EXPECT_EQ(ids(*model, "unaffx"), Ids{0});
}

TEST(WordPiece, CountsCharactersNotBytes) {
  WordPieceSetup short_words = setup();
  short_words.word_chars_max = 2;
  const auto model = WordPiece::create(std::move(short_words)).value();
  EXPECT_EQ(ids(*model, "üü"), (Ids{4, 5}));
  EXPECT_EQ(ids(*model, "üüü"), Ids{0});
}

TEST(WordPiece, ReadsWholeWordsWhereToldTo) {
  WordPieceSetup whole = setup();
  whole.whole_words = true;
  const auto model = WordPiece::create(std::move(whole)).value();
  EXPECT_EQ(ids(*model, "un"), Ids{1});
  EXPECT_EQ(ids(*model, "unaff"), Ids{0});
}

TEST(WordPiece, RefusesAVocabularyWithoutItsTokens) {
  EXPECT_FALSE(WordPiece::create({}).has_value());
  WordPieceSetup lacking;
  lacking.pieces = {{"the", 0}};
  EXPECT_NE(WordPiece::create(lacking).error().message.find("[UNK]"), std::string::npos);
  lacking.pieces = {{"[UNK]", -1}};
  EXPECT_FALSE(WordPiece::create(lacking).has_value());
}

}  // namespace
}  // namespace fovea::tokenize
