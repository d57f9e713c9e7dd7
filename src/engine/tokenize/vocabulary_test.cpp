#include "engine/tokenize/vocabulary.h"

#include <gtest/gtest.h>

#include "engine/tokenize/limits.h"

namespace fovea::tokenize {
namespace {

TEST(Vocabulary, LaterLinesWinAndIdsAreKept) {
  const auto made = Vocabulary::create({{"a", 0}, {"b", 1}, {"a", 2}, {"", 3}});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->find("a"), 2);
  EXPECT_EQ(made->find("b"), 1);
  EXPECT_EQ(made->find(""), 3);
  EXPECT_EQ(made->find("ab"), -1);
  EXPECT_EQ(made->size(), 3u);
  for (const auto& [id, piece] : {std::pair(0, "a"), {1, "b"}, {2, "a"}, {3, ""}}) EXPECT_EQ(made->piece(id), piece);
  EXPECT_EQ(made->piece(4), std::nullopt);
  EXPECT_EQ(made->piece(-1), std::nullopt);
  EXPECT_EQ(Vocabulary::create({{"a", 2}})->piece(1), std::nullopt);
}

TEST(Vocabulary, RefusesWhatIsEmptyOrTooLong) {
  EXPECT_FALSE(Vocabulary::create({}).has_value());
  EXPECT_TRUE(Vocabulary::create({{std::string(kPieceBytesMax, 'a'), 0}}).has_value());
  EXPECT_FALSE(Vocabulary::create({{std::string(kPieceBytesMax + 1, 'a'), 0}}).has_value());
  EXPECT_FALSE(Vocabulary::create({{"a", static_cast<int32_t>(kVocabularyMax)}}).has_value());
}

}  // namespace
}  // namespace fovea::tokenize
