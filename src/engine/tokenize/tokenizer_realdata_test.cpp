// Reference tokenisations made by the original libraries; absent from the project, read where they are.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/json.h"
#include "engine/tokenize/text_pipeline.h"
#include "engine/tokenize/tokenizer_folder.h"

namespace fovea::tokenize {
namespace {

const std::string kFolder = "../shared/data/tokenizer_goldens/reftests/";

void expect_golden(const TextPipeline& tokenizer, const std::string& text_name, const std::string& model) {
  const std::string text = read_file(kFolder + text_name + ".txt").value();
  const Json golden = parse_json(read_file(kFolder + text_name + "-" + model + ".json").value()).value();
  Encoding encoding;
  tokenizer.encode(text, 1 << 20, encoding);
  const JsonArray& want = member(golden, "token_ids").as_array();
  ASSERT_EQ(encoding.ids.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) ASSERT_EQ(encoding.ids[i], want[i].as_int64()) << i;
}

class WordPieceGoldens : public ::testing::TestWithParam<std::tuple<const char*, const char*, bool>> {};

TEST_P(WordPieceGoldens, GiveTheSameIds) {
  if (!std::filesystem::exists(kFolder)) GTEST_SKIP() << "skipped: no ../shared/data";
  const auto [text_name, model, lower] = GetParam();
  auto parts = parts_from_vocabulary(read_file(kFolder + "models/" + model + "/vocab.txt").value(),
                                     JsonObject{{"do_lower_case", lower}});
  ASSERT_TRUE(parts.has_value()) << parts.error().text();
  expect_golden(*TextPipeline::create(std::move(*parts)).value(), text_name, model);
}

INSTANTIATE_TEST_SUITE_P(Goldens, WordPieceGoldens,
                         ::testing::Values(std::tuple("Metal_umlaut", "bert-base-uncased", true),
                                           std::tuple("Rust_(programming_language)", "bert-base-uncased", true),
                                           std::tuple("Rust_(programming_language)", "bert-base-cased", false),
                                           std::tuple("monty-python-credits", "bert-base-uncased", true)));

TEST(BytePairGoldens, GiveTheSameIds) {
  if (!std::filesystem::exists(kFolder)) GTEST_SKIP() << "skipped: no ../shared/data";
  auto parts = parts_from_merges(read_file(kFolder + "models/gpt2/vocab.json").value(),
                                 read_file(kFolder + "models/gpt2/merges.txt").value(), Json());
  ASSERT_TRUE(parts.has_value()) << parts.error().text();
  expect_golden(*TextPipeline::create(std::move(*parts)).value(), "monty-python-credits", "gpt2");
}

}  // namespace
}  // namespace fovea::tokenize
