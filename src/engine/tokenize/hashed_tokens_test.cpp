#include "engine/tokenize/hashed_tokens.h"

#include <gtest/gtest.h>

#include <set>

namespace fovea::tokenize {
namespace {

HashedTokens tokens_of(std::string_view text, const HashedTokenShape& shape = {}) {
  HashedTokens out;
  hash_tokens(text, shape, out);
  return out;
}

std::set<uint32_t> features_of(const HashedTokens& tokens, size_t t) {
  return {tokens.features.begin() + tokens.begins[t], tokens.features.begin() + tokens.begins[t + 1]};
}

TEST(HashedTokens, GiveEachCharacterItselfAndItsPairs) {
  HashedTokens out = tokens_of("退货吗");
  ASSERT_EQ(out.tokens(), 3u);
  EXPECT_EQ(features_of(out, 0).size(), 2u);  // itself and one pair
  EXPECT_EQ(features_of(out, 1).size(), 3u);
  size_t shared = 0;
  for (uint32_t f : features_of(out, 0)) shared += features_of(out, 1).count(f);
  EXPECT_EQ(shared, 1u);  // the pair 退货
  EXPECT_EQ(out.spans[1], (TokenSpan{3, 6}));
}

TEST(HashedTokens, GiveWordsTheirPieces) {
  // <late> has 6 characters: 4 of three, 3 of four, 2 of five.
  EXPECT_EQ(features_of(tokens_of("late"), 0).size(), 1u + 4 + 3 + 2);
  auto a = features_of(tokens_of("refund"), 0), b = features_of(tokens_of("refunds"), 0);
  size_t shared = 0;
  for (uint32_t f : a) shared += b.count(f);
  EXPECT_GE(shared, 10u);
  EXPECT_EQ(tokens_of("Refund").features, tokens_of("refund").features);
}

TEST(HashedTokens, StayWithinTheShape) {
  HashedTokenShape small{4, 3, 5};
  HashedTokens out = tokens_of("one two three four five six 七八九", small);
  EXPECT_EQ(out.tokens(), 4u);
  EXPECT_TRUE(out.truncated);
}

TEST(HashedTokens, GiveEveryTextARow) {
  for (std::string_view text : {"", " \n", "\xFF"}) {
    HashedTokens out = tokens_of(text);
    EXPECT_EQ(out.tokens(), 1u);
    EXPECT_EQ(out.begins.size(), 2u);
  }
}

}  // namespace
}  // namespace fovea::tokenize
