#include "engine/tokenize/tokenizer_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fovea::tokenize {
namespace {

// A tokenizer.json as Hugging Face writes it, with the parts that a test changes.
std::string tokenizer_json(std::string_view model = "WordPiece", std::string_view normalizer = "BertNormalizer",
                           std::string_view splitter = "BertPreTokenizer", std::string_view normalized = "false") {
  std::string text = R"({"added_tokens":[{"id":3,"content":"[SEP]","special":true,"normalized":)";
  text.append(normalized).append(R"(}],"normalizer":{"type":")").append(normalizer);
  text.append(R"(","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},)");
  text.append(R"("pre_tokenizer":{"type":")")
      .append(splitter)
      .append(R"("},"post_processor":{"type":"TemplateProcessing",)");
  text.append(R"("single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},)");
  text.append(R"({"SpecialToken":{"id":"[SEP]","type_id":0}}],"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2]},)");
  text.append(R"("[SEP]":{"id":"[SEP]","ids":[3]}}},"model":{"type":")").append(model);
  return text.append(R"(","unk_token":"[UNK]","vocab":{"[UNK]":1,"[CLS]":2,"[SEP]":3,"über":4,"uber":5,"Uber":6}}})");
}

std::vector<int32_t> ids(WordPieceSetup setup, std::string_view text) {
  Encoding encoding;
  WordPiece::create(std::move(setup)).value()->encode(text, 16, encoding);
  return encoding.ids;
}

using Ids = std::vector<int32_t>;

TEST(TokenizerFolder, ReadsTokenizerJson) {
  const auto setup = setup_from_tokenizer_json(tokenizer_json(), Json());
  ASSERT_TRUE(setup.has_value()) << setup.error().text();
  EXPECT_EQ(ids(*setup, "Über[SEP]uber x"), (Ids{2, 5, 3, 5, 1, 3}));
}

TEST(TokenizerFolder, TokenizerConfigHasTheLastWord) {
  const auto cased = setup_from_tokenizer_json(tokenizer_json(), JsonObject{{"do_lower_case", false}});
  EXPECT_EQ(ids(*cased, "Uber über"), (Ids{2, 6, 4, 3}));  // without lower case accents stay too
  const auto accents = setup_from_tokenizer_json(tokenizer_json(), JsonObject{{"strip_accents", false}});
  EXPECT_EQ(ids(*accents, "Über"), (Ids{2, 4, 3}));
}

TEST(TokenizerFolder, RefusesOtherKindsByName) {
  const auto refused = [](const std::string& text, std::string_view field) {
    const auto setup = setup_from_tokenizer_json(text, Json());
    ASSERT_FALSE(setup.has_value()) << text;
    EXPECT_EQ(setup.error().where, "tokenizer.json" + std::string(field));
  };
  refused(tokenizer_json("BPE"), ": model");
  refused(tokenizer_json("WordPiece", "Lowercase"), ": normalizer");
  refused(tokenizer_json("WordPiece", "BertNormalizer", "Whitespace"), ": pre_tokenizer");
  refused(tokenizer_json("WordPiece", "BertNormalizer", "BertPreTokenizer", "true"), ": added_tokens");
  refused("{", "");
  refused("[]", ": model");
}

TEST(TokenizerFolder, ReadsVocabularyLinesEndingInLfAlone) {
  const auto setup = setup_from_vocabulary("[UNK]\r\n[CLS]\n[SEP]\n\u2028\nthe", Json());
  ASSERT_TRUE(setup.has_value());
  EXPECT_EQ(setup->pieces.size(), 5u);
  EXPECT_EQ(setup->pieces[0].first, "[UNK]");
  EXPECT_EQ(setup->pieces[4].first, "the");
  const auto named = setup_from_vocabulary(
      "<u>\n<s>\n</s>\n",
      JsonObject{{"unk_token", "<u>"}, {"cls_token", JsonObject{{"content", "<s>"}}}, {"sep_token", "</s>"}});
  ASSERT_TRUE(named.has_value());
  EXPECT_EQ(named->before, Ids{1});
  EXPECT_EQ(named->after, Ids{2});
}

TEST(TokenizerFolder, ReadsAFolder) {
  const auto folder = std::filesystem::temp_directory_path() / ("fovea_tokenizer_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  EXPECT_EQ(read_tokenizer(folder).error().code, Code::kNotFound);
  std::ofstream(folder / "vocab.txt") << "[UNK]\n[CLS]\n[SEP]\nthe\n";
  EXPECT_EQ(read_tokenizer(folder)->tokenizer->vocabulary_size(), 4);
  std::ofstream(folder / "tokenizer_config.json") << R"({"model_max_length": 77})";
  EXPECT_EQ(read_tokenizer(folder)->tokens_max, 77);
  std::ofstream(folder / "tokenizer.json") << tokenizer_json("BPE");
  EXPECT_EQ(read_tokenizer(folder).error().where, folder.string() + "/tokenizer.json: model");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fovea::tokenize
