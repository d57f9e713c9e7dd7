#include "engine/tokenize/ngrams.h"

#include <gtest/gtest.h>

#include <set>

namespace fovea::tokenize {
namespace {

HashedText split(std::string_view text) {
  HashedText out;
  split_hashed(text, out);
  return out;
}

std::vector<uint64_t> wholes_of(std::string_view text) {
  NgramScratch scratch;
  std::vector<uint64_t> wholes, pieces;
  hash_ngrams(text, {}, scratch, wholes, pieces);
  return wholes;
}

TEST(HashedWords, SplitsScriptsAndKeepsOffsets) {
  HashedText out = split("I don't 退货!");
  ASSERT_EQ(out.words.size(), 5u);
  EXPECT_EQ(out.words[1].begin, 2u);
  EXPECT_EQ(out.words[1].end, 7u);  // "don't" is one word
  EXPECT_EQ(out.words[2].kind, HashedWord::Kind::kHan);
  EXPECT_EQ(out.words[2].begin, 8u);
  EXPECT_EQ(out.words[3].end, 14u);
  EXPECT_EQ(out.words[4].kind, HashedWord::Kind::kSymbol);
}

TEST(HashedWords, FoldsCaseWidthAndLongNumbers) {
  EXPECT_EQ(split("REFUND").words[0].hash, split("refund").words[0].hash);
  EXPECT_EQ(split("ＲＥＦ").words[0].hash, split("ref").words[0].hash);
  EXPECT_EQ(split("ÉTÉ").words[0].hash, split("été").words[0].hash);
  EXPECT_EQ(split("order 48213").words[1].hash, split("order 90077").words[1].hash);
  EXPECT_NE(split("12").words[0].hash, split("13").words[0].hash);
  EXPECT_NE(split("123").words[0].hash, split("1234").words[0].hash);
}

TEST(HashedWords, TakesAnyBytes) {
  EXPECT_TRUE(split("").words.empty());
  EXPECT_EQ(split("\xFF\xFE").words.size(), 2u);
  std::string many(kHashedWordsMax * 2 + 2, '!');
  HashedText out = split(many);
  EXPECT_EQ(out.words.size(), kHashedWordsMax);
  EXPECT_TRUE(out.cut);
}

TEST(Ngrams, HashesAreFrozen) {  // part of the file format: these values may never change
  std::vector<uint64_t> wholes = wholes_of("late 快递");
  ASSERT_EQ(wholes.size(), 5u);  // late, "late 快", 快, 快递, 递
  EXPECT_EQ(wholes[0], 0x14338545C1728142u);
  EXPECT_EQ(wholes[3], 0x664982B110E7E172u);
}

TEST(Ngrams, RunsOfHanStopAtSymbols) {
  EXPECT_EQ(wholes_of("退货").size(), 3u);    // 退, 退货, 货
  EXPECT_EQ(wholes_of("退，货").size(), 4u);  // 退, ，, "，货", 货
}

TEST(Ngrams, PiecesMarkTheEndsOfWords) {
  NgramScratch scratch;
  std::vector<uint64_t> wholes, pieces, other;
  hash_ngrams("cat", {}, scratch, wholes, pieces);
  EXPECT_EQ(pieces.size(), 4u + 3u + 2u + 1u);  // of "<cat>": 2, 3, 4 and 5 characters
  hash_ngrams("catty", {}, scratch, wholes, other);
  std::set<uint64_t> a(pieces.begin(), pieces.end());
  size_t shared = 0;
  for (uint64_t hash : std::set<uint64_t>(other.begin(), other.end())) shared += a.count(hash);
  EXPECT_EQ(shared, 3u + 2u + 1u);  // <c ca at, <ca cat, <cat
}

}  // namespace
}  // namespace fovea::tokenize
