#include "door/cli/encode.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/json.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::cli {
namespace {

std::vector<Json> encode(const std::string& folder, const std::string& input, bool focus = false) {
  std::istringstream in(input);
  std::ostringstream out;
  const auto ran = run_encode({.folder = folder, .workers = 2, .focus = focus}, in, out);
  EXPECT_TRUE(ran.has_value()) << ran.error().text();
  std::vector<Json> answers;
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) answers.push_back(parse_json(line).value());
  return answers;
}

TEST(Encode, AnswersEachLineWithAnObject) {
  const models::TinyBertFolder folder;
  const auto answers = encode(folder.path(), "where is my order\n\nrefund\r\nbroken \xFF\xC3 the");
  ASSERT_EQ(answers.size(), 4u);
  const int64_t tokens[] = {6, 2, 3, 4};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(member(answers[i], "tokens").as_int64(), tokens[i]);
    EXPECT_EQ(member(answers[i], "embedding").as_array().size(), 24u);
  }
}

TEST(Encode, GivesLogitsWhereTheModelClassifies) {
  const models::TinyBertFolder folder({.labels = 3});
  const auto answers = encode(folder.path(), "the order is late\n");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(member(answers[0], "logits").as_array().size(), 3u);
  EXPECT_TRUE(member(answers[0], "embedding").is_null());
}

TEST(Encode, ALineIsTheSameAloneAndAmongMany) {
  const models::TinyBertFolder folder;
  std::string many;
  for (int i = 0; i < 1000; ++i) many += i % 3 == 0 ? "my order is late\n" : "not good ! 安全\n";
  const auto answers = encode(folder.path(), many);
  ASSERT_EQ(answers.size(), 1000u);
  const auto first = encode(folder.path(), "my order is late"), second = encode(folder.path(), "not good ! 安全");
  for (size_t i = 0; i < 1000; ++i) ASSERT_EQ(answers[i], i % 3 == 0 ? first[0] : second[0]) << i;
}

TEST(Encode, ShowsTheFocusWhereItIsAskedFor) {
  const models::TinyBertFolder folder;
  const auto answers = encode(folder.path(), "my order\n", true);
  const JsonArray& focus = member(answers[0], "focus").as_array();
  ASSERT_EQ(focus.size(), 4u);
  EXPECT_EQ(focus[2].as_array()[0].as_int64(), 3);
  EXPECT_EQ(focus[2].as_array()[1].as_int64(), 8);
}

TEST(Encode, ALineBeyondTheLimitIsStillAnswered) {
  const models::TinyBertFolder folder;
  const auto answers = encode(folder.path(), std::string(kEncodeLineBytesMax + 10, 'a') + "\nthe\n");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(member(answers[1], "tokens").as_int64(), 3);
}

TEST(Encode, AFolderThatIsNoneIsNamed) {
  std::istringstream in("x");
  std::ostringstream out;
  const auto ran = run_encode({.folder = "/nonexistent", .workers = 1, .focus = false}, in, out);
  ASSERT_FALSE(ran.has_value());
  EXPECT_EQ(ran.error().where, "/nonexistent/config.json");
}

}  // namespace
}  // namespace fovea::cli
