#include "door/cli/tokenize.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/json.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::cli {
namespace {

struct Ran {
  std::vector<Json> answers;
  Result<void> done;
};

Ran tokenize(const TokenizeOptions& options, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  Ran ran{{}, run_tokenize(options, in, out)};
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) ran.answers.push_back(parse_json(line).value());
  return ran;
}

TEST(Tokenize, AnswersEachLineWithIdsAndSpans) {
  const models::TinyBertFolder folder;
  const Ran ran = tokenize({folder.path(), 0, false}, "the order\n\n\xFFthe");
  ASSERT_EQ(ran.answers.size(), 3u);
  EXPECT_EQ(to_text(member(ran.answers[0], "spans")), "[[0,0],[0,3],[4,9],[0,0]]");
  EXPECT_EQ(to_text(member(ran.answers[0], "type_ids")), "[0,0,0,0]");
  EXPECT_EQ(to_text(member(ran.answers[1], "spans")), "[[0,0],[0,0]]");
  EXPECT_EQ(to_text(member(ran.answers[2], "spans")), "[[0,0],[1,4],[0,0]]");
  EXPECT_EQ(member(ran.answers[0], "ids").as_array()[1], member(ran.answers[2], "ids").as_array()[1]);
}

TEST(Tokenize, TakesPairsAndALimit) {
  const models::TinyBertFolder folder;
  const Ran pair = tokenize({folder.path(), 5, true}, "the order\tthe\n");
  ASSERT_EQ(pair.answers.size(), 1u);
  EXPECT_EQ(to_text(member(pair.answers[0], "type_ids")), "[0,0,0,1,1]");
  EXPECT_EQ(to_text(member(pair.answers[0], "texts")), "[-1,0,-1,1,-1]");
  EXPECT_TRUE(member(pair.answers[0], "truncated").as_bool());
  EXPECT_EQ(tokenize({folder.path(), 0, true}, "no tab\n").done.error().where, "line 1");
  EXPECT_EQ(tokenize({folder.path(), 1, false}, "the\n").done.error().where, "--tokens-max");
}

TEST(Tokenize, CutsALineBeyondTheLimitAndSaysSo) {
  const models::TinyBertFolder folder;
  const Ran ran = tokenize({folder.path(), 0, false}, std::string(kTokenizeLineBytesMax + 1, 'a') + "\nthe\n");
  ASSERT_EQ(ran.answers.size(), 2u);
  EXPECT_TRUE(member(ran.answers[0], "truncated").as_bool());
  EXPECT_FALSE(member(ran.answers[1], "truncated").as_bool());
}

TEST(Tokenize, DecodesLinesOfIds) {
  const models::TinyBertFolder folder;
  const std::string ids = to_text(member(tokenize({folder.path(), 0, false}, "the order").answers[0], "ids"));
  EXPECT_EQ(member(tokenize({folder.path(), 0, false, true, true}, ids + "\n[]\n").answers[0], "text"), "the order");
  EXPECT_EQ(member(tokenize({folder.path(), 0, false, true, false}, ids).answers[0], "text"), "[CLS] the order [SEP]");
  for (const char* bad : {"1", "[1", "[-1]", "[2147483648]", "[\"a\"]"}) {
    EXPECT_EQ(tokenize({folder.path(), 0, false, true}, std::string("[]\n") + bad).done.error().where, "line 2") << bad;
  }
}

TEST(Tokenize, AFolderThatIsNoneIsNamed) {
  EXPECT_EQ(tokenize({"/nonexistent", 0, false}, "x").done.error().where, "/nonexistent");
}

}  // namespace
}  // namespace fovea::cli
