#include "engine/tokenize/unigram.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea::tokenize {
namespace {

using Ids = std::vector<int32_t>;

Ids ids(const Unigram& model, std::string_view text) {
  ModelScratch scratch;
  std::vector<ModelToken> tokens;
  model.tokenize(text, scratch, tokens);
  Ids found;
  for (const ModelToken& token : tokens) found.push_back(token.id);
  return found;
}

UnigramSetup setup() {
  return {
      {{"<unk>", 0}, {"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}, {"cd", 1}, {"ab", 2}, {"abc", 5}, {"abcd", 10}}, 0, false};
}

TEST(Unigram, FindsTheMostProbableWay) {
  const auto model = Unigram::create(setup()).value();
  EXPECT_EQ(ids(*model, "abcd"), Ids{8});
  EXPECT_EQ(ids(*model, "abcdacdxx"), (Ids{8, 1, 5, 0}));  // the reference's own example; unknown ones are one token
  EXPECT_EQ(ids(*model, ""), Ids{});
}

TEST(Unigram, FallsBackToBytesWhereAllAreKnown) {
  UnigramSetup made = setup();
  made.byte_fallback = true;
  made.pieces.emplace_back("<0xC3>", -1);
  made.pieces.emplace_back("<0xA9>", -1);
  const auto model = Unigram::create(std::move(made)).value();
  EXPECT_EQ(ids(*model, "aé"), (Ids{1, 9, 10}));
  EXPECT_EQ(ids(*model, "aéx"), (Ids{1, 0}));
}

TEST(Unigram, RefusesWhatIsNoModel) {
  UnigramSetup made = setup();
  made.unknown = 9;
  EXPECT_FALSE(Unigram::create(made).has_value());
  made = setup();
  made.pieces[1].second = NAN;
  EXPECT_FALSE(Unigram::create(made).has_value());
}

}  // namespace
}  // namespace fovea::tokenize
