#include "door/cli/encode.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/json.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::cli {
namespace {

std::vector<Json> encode(const std::string& folder, const std::string& input, const EncodeOptions& how = {}) {
  std::istringstream in(input);
  std::ostringstream out;
  EncodeOptions options = how;
  options.folder = folder;
  options.workers = 2;
  const auto ran = run_encode(options, in, out);
  EXPECT_TRUE(ran.has_value()) << ran.error().text();
  std::vector<Json> answers;
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) answers.push_back(parse_json(line).value());
  return answers;
}

EncodeOptions focus_option() {
  EncodeOptions options;
  options.focus = true;
  return options;
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
  const auto answers = encode(folder.path(), "my order\n", focus_option());
  const JsonArray& focus = member(answers[0], "focus").as_array();
  ASSERT_EQ(focus.size(), 4u);
  EXPECT_EQ(focus[2].as_array()[0].as_int64(), 3);
  EXPECT_EQ(focus[2].as_array()[1].as_int64(), 8);
}

TEST(Encode, TokenIdsGiveWhatTheirTextGives) {
  const models::TinyBertFolder folder;
  const auto text = encode(folder.path(), "where is my order\n");
  EncodeOptions ids;
  ids.ids = true;
  const auto answers = encode(folder.path(), "2 11 7 9 10 3\n 2 11 7 9 10 3 | 0 0 0 0 0 0\r\n2 11 3|0 1 1\n\n", ids);
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[0], text[0]);
  EXPECT_EQ(answers[1], text[0]);
  EXPECT_NE(member(answers[2], "embedding"), member(encode(folder.path(), "2 11 3\n", ids)[0], "embedding"));
  EXPECT_EQ(member(answers[3], "tokens").as_int64(), 0);
}

TEST(Encode, APairIsTwoTextsWithTokenTypes) {
  const models::TinyBertFolder folder({.labels = 1});
  EncodeOptions pairs, ids;
  pairs.pairs = true;
  ids.ids = true;
  const auto answers = encode(folder.path(), "my order\trefund\n\t\n", pairs);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0], encode(folder.path(), "2 9 10 3 6 3 | 0 0 0 0 1 1\n", ids)[0]);
  EXPECT_EQ(answers[1], encode(folder.path(), "2 3 3 | 0 0 1\n", ids)[0]);
  EXPECT_TRUE(member(answers[0], "texts").is_null());
  pairs.focus = true;
  const Json shown = encode(folder.path(), "my order\trefund\n", pairs)[0];
  EXPECT_EQ(to_text(member(shown, "texts")), "[-1,0,0,-1,1,-1]");
  const JsonArray& focus = member(shown, "focus").as_array();
  EXPECT_EQ(focus[2].as_array()[0].as_int64(), 3);  // "order"
  EXPECT_EQ(focus[4].as_array()[0].as_int64(), 0);  // "refund", of the second text
  EXPECT_EQ(focus[4].as_array()[1].as_int64(), 6);
  std::istringstream in("my order\trefund\nmy order refund\n");
  std::ostringstream out;
  EncodeOptions options = pairs;
  options.folder = folder.path();
  const auto ran = run_encode(options, in, out);
  ASSERT_FALSE(ran.has_value());
  EXPECT_EQ(ran.error().where, "line 2");
}

TEST(Encode, LinesThatHoldNoIdsAreNamed) {
  const models::TinyBertFolder folder;
  const auto refused = [&](const std::string& lines) {
    std::istringstream in(lines);
    std::ostringstream out;
    EncodeOptions options;
    options.folder = folder.path();
    options.ids = true;
    const auto ran = run_encode(options, in, out);
    EXPECT_FALSE(ran.has_value()) << lines;
    return ran ? Error{} : ran.error();
  };
  EXPECT_EQ(refused("2 3\n2 refund 3\n").where, "line 2");
  for (const char* line : {"2 3.5", "2 99999999999 3", "2 3 | 0 x", "2 3 | 0", "2 22 3", "2 -1 3", "2 3 | 0 2"})
    EXPECT_EQ(refused(line).where, "line 1") << line;
  std::string many;
  for (int i = 0; i < models::TinyBertFolder::kPositions + 1; ++i) many += "5 ";
  EXPECT_EQ(refused(many).message, "33 tokens, the model takes 32");
}

TEST(Encode, GivesALabelForEachTokenWhereTheModelDoes) {
  models::TinyBertFolder folder({.labels = 3});
  folder.change_config("architectures", JsonArray{"BertForTokenClassification"});
  const auto answers = encode(folder.path(), "my order\n");
  ASSERT_EQ(answers.size(), 1u);
  const JsonArray& logits = member(answers[0], "token_logits").as_array();
  const JsonArray& labels = member(answers[0], "token_labels").as_array();
  ASSERT_EQ(logits.size(), 4u);
  ASSERT_EQ(labels.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    const JsonArray& row = logits[i].as_array();
    ASSERT_EQ(row.size(), 3u);
    const std::string label(labels[i].as_string());
    const size_t chosen = static_cast<size_t>(label.back() - '0');
    for (const Json& logit : row) EXPECT_LE(number_or(logit, 0), number_or(row[chosen], 0));
  }
  EXPECT_EQ(member(answers[0], "spans").as_array()[2], (JsonArray{3, 8}));
}

TEST(Encode, RefusesAPrecisionThatIsNone) {
  const models::TinyBertFolder folder;
  std::istringstream in("x");
  std::ostringstream out;
  EncodeOptions options;
  options.folder = folder.path();
  options.precision = "fp8";
  const auto ran = run_encode(options, in, out);
  ASSERT_FALSE(ran.has_value());
  EXPECT_NE(ran.error().hint.find("bf16"), std::string::npos);
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
  EncodeOptions options;
  options.folder = "/nonexistent";
  const auto ran = run_encode(options, in, out);
  ASSERT_FALSE(ran.has_value());
  EXPECT_EQ(ran.error().where, "/nonexistent/config.json");
}

}  // namespace
}  // namespace fovea::cli
