#include "engine/models/text_encoder.h"

#include <gtest/gtest.h>

#include "engine/models/tiny_bert_folder.h"

namespace fovea::models {
namespace {

std::vector<std::string> texts(size_t count) {
  Random random(11);
  const auto pieces = TinyBertFolder::pieces();
  std::vector<std::string> made;
  for (size_t i = 0; i < count; ++i) {
    std::string text;
    for (uint64_t n = random.below(40); n > 0; --n)
      text.append(pieces[5 + random.below(pieces.size() - 5)]).append(" ");
    made.push_back(std::move(text));
  }
  return made;
}

TEST(TextEncoder, TheAnswerIsTheSameWhateverTheWorkersAndTheGroup) {
  const TinyBertFolder folder;
  const auto inputs = texts(300);
  auto alone = TextEncoder::create(folder.path(), {.workers = 1, .focus = true});
  ASSERT_TRUE(alone.has_value()) << alone.error().text();
  std::vector<EncodedText> want;
  for (const std::string& text : inputs) want.push_back((*alone)->encode({&text, 1}).value()[0]);
  for (const int workers : {1, 2, 5}) {
    auto encoder = TextEncoder::create(folder.path(), {.workers = workers, .focus = true});
    EXPECT_EQ((*encoder)->workers(), workers);
    for (int round = 0; round < 3; ++round) {
      const auto got = (*encoder)->encode(inputs);
      ASSERT_TRUE(got.has_value());
      for (size_t i = 0; i < inputs.size(); ++i) {
        ASSERT_EQ((*got)[i].tokens.ids, want[i].tokens.ids);
        ASSERT_EQ((*got)[i].values, want[i].values) << i;
        ASSERT_EQ((*got)[i].focus, want[i].focus) << i;
      }
    }
  }
}

TEST(TextEncoder, ThePlacesOfAPairAreInEachOfItsTexts) {
  const TinyBertFolder folder({.labels = 1});
  auto encoder = TextEncoder::create(folder.path());
  const TextPair pair{"my order", "  is late"};
  const auto encoded = (*encoder)->encode_pairs({&pair, 1});
  ASSERT_TRUE(encoded.has_value()) << encoded.error().text();
  const tokenize::Encoding& tokens = (*encoded)[0].tokens;
  EXPECT_EQ(tokens.texts, (std::vector<int8_t>{-1, 0, 0, -1, 1, 1, -1}));
  EXPECT_EQ(tokens.spans, (std::vector<tokenize::TokenSpan>{{0, 0}, {0, 2}, {3, 8}, {0, 0}, {2, 4}, {5, 9}, {0, 0}}));
}

TEST(TextEncoder, NothingInNothingOut) {
  const TinyBertFolder folder;
  auto encoder = TextEncoder::create(folder.path());
  EXPECT_TRUE((*encoder)->encode({}).value().empty());
  const std::string empty;
  EXPECT_EQ((*encoder)->encode({&empty, 1}).value()[0].tokens.ids.size(), 2u);
}

TEST(TextEncoder, TheLimitOfTokensIsTheLeastThatTheFolderNames) {
  TinyBertFolder folder;
  EXPECT_EQ(TextEncoder::create(folder.path()).value()->tokens_max(), 32u);
  folder.write("tokenizer_config.json", R"({"model_max_length": 20})");
  EXPECT_EQ(TextEncoder::create(folder.path()).value()->tokens_max(), 20u);
  folder.write("sentence_bert_config.json", R"({"max_seq_length": 12, "do_lower_case": false})");
  EXPECT_EQ(TextEncoder::create(folder.path()).value()->tokens_max(), 12u);
  EXPECT_EQ(TextEncoder::create(folder.path(), {.tokens_max = 9}).value()->tokens_max(), 9u);
  EXPECT_EQ(TextEncoder::create(folder.path(), {.tokens_max = 90}).value()->tokens_max(), 12u);
  const std::string many = "a a a a a a a a a a a a a a a a a";
  auto encoder = TextEncoder::create(folder.path());
  const auto encoded = (*encoder)->encode({&many, 1});
  EXPECT_EQ((*encoded)[0].tokens.ids.size(), 12u);
  EXPECT_TRUE((*encoded)[0].tokens.truncated);
  folder.write("sentence_bert_config.json", R"({"max_seq_length": 2})");
  EXPECT_FALSE(TextEncoder::create(folder.path()).has_value());
  folder.write("sentence_bert_config.json", R"({"max_seq_length": 0})");
  EXPECT_EQ(TextEncoder::create(folder.path()).error().where,
            folder.path() + "/sentence_bert_config.json: max_seq_length");
}

TEST(TextEncoder, RefusesATokenizerOfAnotherModel) {
  TinyBertFolder folder;
  std::string lines = "[UNK]\n[CLS]\n[SEP]\n";
  for (int i = 0; i < 20; ++i) lines += "word" + std::to_string(i) + "\n";
  folder.write("vocab.txt", lines);
  const auto made = TextEncoder::create(folder.path());
  ASSERT_FALSE(made.has_value());
  EXPECT_NE(made.error().message.find("vocab_size is 22"), std::string::npos);
}

}  // namespace
}  // namespace fovea::models
