#include "engine/models/sentence_config.h"

#include <gtest/gtest.h>

#include "engine/models/tiny_bert_folder.h"

namespace fovea::models {
namespace {

TEST(SentenceConfig, AFolderWithoutModulesIsPooledByTheMean) {
  const TinyBertFolder folder;
  const auto config = read_sentence_config(folder.path());
  ASSERT_TRUE(config.has_value());
  EXPECT_FALSE(config->pools);
  EXPECT_EQ(config->pooling, layers::Pooling::kMean);
  EXPECT_TRUE(config->steps.empty());
  EXPECT_FALSE(config->tokens_max.has_value());
}

TEST(SentenceConfig, FollowsTheModules) {
  const TinyBertFolder folder;
  folder.write("modules.json", R"([{"type":"a.Transformer","path":""},{"type":"a.Pooling","path":"p"},
    {"type":"a.Normalize","path":"n"}])");
  folder.write("p/config.json", R"({"pooling_mode_max_tokens":true,"pooling_mode_mean_tokens":false})");
  folder.write("sentence_bert_config.json", R"({"max_seq_length":128,"do_lower_case":true})");
  const auto config = read_sentence_config(folder.path());
  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_TRUE(config->pools && config->lower_case);
  ASSERT_EQ(config->steps.size(), 1u);
  EXPECT_TRUE(config->steps[0].normalise);
  EXPECT_EQ(config->pooling, layers::Pooling::kMax);
  EXPECT_EQ(config->tokens_max, 128);
}

TEST(SentenceConfig, RefusesModulesThatItCannotFollow) {
  const TinyBertFolder folder;
  const auto refused = [&] {
    const auto config = read_sentence_config(folder.path());
    EXPECT_FALSE(config.has_value());
    return config ? Error{} : config.error();
  };
  folder.write("modules.json", R"([{"type":"sentence_transformers.models.LSTM","path":"2_LSTM"}])");
  EXPECT_EQ(refused().code, Code::kUnimplemented);
  folder.write("modules.json", R"([{"type":"x.Pooling","path":"../elsewhere"}])");
  EXPECT_EQ(refused().code, Code::kInvalidArgument);
  folder.write("modules.json", R"([{"type":"x.Pooling","path":"p"}])");
  folder.write("p/config.json", R"({"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true})");
  EXPECT_EQ(refused().code, Code::kUnimplemented);
  folder.write("p/config.json", R"({"pooling_mode":"lasttoken"})");
  EXPECT_NE(refused().hint.find("mean"), std::string::npos);
  folder.write("modules.json", "{}");
  EXPECT_EQ(refused().where, folder.path() + "/modules.json");
}

}  // namespace
}  // namespace fovea::models
