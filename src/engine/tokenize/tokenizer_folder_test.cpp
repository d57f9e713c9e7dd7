#include "engine/tokenize/tokenizer_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fovea::tokenize {
namespace {

using Ids = std::vector<int32_t>;

std::vector<int32_t> ids(Result<PipelineParts> parts, std::string_view text) {
  Encoding encoding;
  TextPipeline::create(std::move(parts).value()).value()->encode(text, 16, encoding);
  return encoding.ids;
}

TEST(TokenizerFolder, ReadsVocabularyLinesEndingInLfAlone) {
  auto parts = parts_from_vocabulary("[UNK]\r\n[CLS]\n[SEP]\n\u2028\nthe", Json());
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->model->size(), 5u);
  EXPECT_EQ(parts->model->id_of("[UNK]"), 0);
  EXPECT_EQ(parts->model->id_of("the"), 4);
  EXPECT_EQ(ids(parts_from_vocabulary("<u>\n<s>\n</s>\nthe\n", JsonObject{{"unk_token", "<u>"},
                                                                          {"cls_token", JsonObject{{"content", "<s>"}}},
                                                                          {"sep_token", "</s>"}}),
                "The x"),
            (Ids{1, 3, 0, 2}));
  EXPECT_EQ(parts_from_vocabulary("the\nrun\n", Json()).error().where, "vocab.txt");
}

constexpr const char* kRoberta = R"({"<s>":0,"</s>":1,"<mask>":2,"a":3,"Ġ":4,"b":5,"Ġa":6})";

TEST(TokenizerFolder, ReadsMergesAsGpt2OrRoberta) {
  EXPECT_EQ(ids(parts_from_merges(kRoberta, "#version: 0.2\nĠ a\n", Json()), "a ab <mask>a"),
            (Ids{0, 3, 6, 5, 2, 3, 1}));
  EXPECT_EQ(ids(parts_from_merges(R"({"a":0,"b":1,"ab":2})", "a b\n", JsonObject{{"tokenizer_class", "GPT2Tokenizer"}}),
                "abba"),
            (Ids{2, 1, 0}));
  EXPECT_EQ(parts_from_merges(kRoberta, "a c\n", Json()).error().where, "merges.txt: [0]");
  EXPECT_EQ(parts_from_merges(kRoberta, "", JsonObject{{"tokenizer_class", "CLIPTokenizer"}}).error().code,
            Code::kUnimplemented);
  EXPECT_EQ(parts_from_merges(R"({"a":0})", "", JsonObject{{"tokenizer_class", "RobertaTokenizer"}}).error().where,
            "vocab.json");
}

TEST(TokenizerFolder, ReadsAFolder) {
  const auto folder = std::filesystem::temp_directory_path() / ("fovea_tokenizer_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  EXPECT_EQ(read_tokenizer(folder).error().code, Code::kNotFound);
  std::ofstream(folder / "spiece.model") << "x";
  EXPECT_EQ(read_tokenizer(folder).error().code, Code::kUnimplemented);
  std::ofstream(folder / "merges.txt") << "Ġ a\n";
  std::ofstream(folder / "vocab.json") << kRoberta;
  EXPECT_EQ(read_tokenizer(folder)->tokenizer->vocabulary_size(), 7);
  std::ofstream(folder / "vocab.txt") << "[UNK]\n[CLS]\n[SEP]\nthe\n";
  EXPECT_EQ(read_tokenizer(folder)->tokenizer->vocabulary_size(), 4);
  std::ofstream(folder / "tokenizer_config.json") << R"({"model_max_length": 77})";
  EXPECT_EQ(read_tokenizer(folder)->tokens_max, 77);
  std::ofstream(folder / "tokenizer.json") << R"({"model":{"type":"Morse"}})";
  const Error error = read_tokenizer(folder).error();
  EXPECT_EQ(error.where, folder.string() + "/tokenizer.json: model");
  EXPECT_EQ(error.code, Code::kUnimplemented);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fovea::tokenize
