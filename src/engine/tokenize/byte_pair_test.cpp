#include "engine/tokenize/byte_pair.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace fovea::tokenize {
namespace {

using Ids = std::vector<int32_t>;

Ids ids(const BytePair& model, std::string_view word) {
  ModelScratch scratch;
  std::vector<ModelToken> tokens;
  model.tokenize(word, scratch, tokens);
  Ids found;
  for (const ModelToken& token : tokens) found.push_back(token.id);
  return found;
}

BytePairSetup setup() {
  BytePairSetup made;
  made.pieces = {{"<unk>", 0}, {"a", 1}, {"b", 2}, {"c", 3}, {"ab", 4}, {"bc", 5}, {"abc", 6}, {"aa", 7}};
  made.merges = {{"b", "c"}, {"a", "b"}, {"a", "bc"}, {"a", "a"}};
  return made;
}

TEST(BytePair, MergesTheFirstLearntPairFirstFromTheLeft) {
  const auto model = BytePair::create(setup()).value();
  EXPECT_EQ(ids(*model, "abc"), Ids{6});
  EXPECT_EQ(ids(*model, "ab"), Ids{4});
  EXPECT_EQ(ids(*model, "aaa"), (Ids{7, 1}));
  EXPECT_EQ(ids(*model, "aab"), (Ids{1, 4}));
  EXPECT_EQ(ids(*model, "abx"), Ids{4});  // without an unknown token what is unknown is left out
}

TEST(BytePair, LongAndShortWordsMergeAlike) {
  const auto model = BytePair::create(setup()).value();
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    std::string word;
    for (uint64_t n = 20 + random.below(60); n > 0; --n) word += static_cast<char>('a' + random.below(3));
    // A character apart merges with nothing, so the parts of a long word merge as they do alone.
    Ids want;
    for (size_t at = 0; at < word.size(); at += 20)
      for (int32_t id : ids(*model, word.substr(at, 20))) want.push_back(id);
    std::string apart;
    for (size_t at = 0; at < word.size(); at += 20) apart += word.substr(at, 20) + "x";
    BytePairSetup with_unknown = setup();
    with_unknown.unknown = "<unk>";
    const auto known = BytePair::create(std::move(with_unknown)).value();
    Ids got = ids(*known, apart);
    std::erase(got, 0);
    EXPECT_EQ(got, want) << word;
  }
}

TEST(BytePair, KnowsUnknownTokensBytesAndWholeWords) {
  BytePairSetup made = setup();
  made.unknown = "<unk>";
  EXPECT_EQ(ids(*BytePair::create(made).value(), "xya"), (Ids{0, 0, 1}));
  made.fuse_unknown = true;
  EXPECT_EQ(ids(*BytePair::create(made).value(), "xya"), (Ids{0, 1}));
  made.byte_fallback = true;
  made.pieces.emplace_back("<0x78>", 8);
  EXPECT_EQ(ids(*BytePair::create(made).value(), "xa"), (Ids{8, 1}));
  made.ignore_merges = true;
  made.pieces.emplace_back("cab", 9);
  EXPECT_EQ(ids(*BytePair::create(made).value(), "cab"), Ids{9});
}

TEST(BytePair, RefusesMergesOutsideItsVocabulary) {
  BytePairSetup made = setup();
  made.merges.emplace_back("c", "c");
  EXPECT_EQ(BytePair::create(made).error().where, "merges[4]");
  made = setup();
  made.unknown = "[UNK]";
  EXPECT_FALSE(BytePair::create(made).has_value());
  EXPECT_FALSE(BytePair::create(setup()).value()->read_bytes());  // lacks letters
}

}  // namespace
}  // namespace fovea::tokenize
