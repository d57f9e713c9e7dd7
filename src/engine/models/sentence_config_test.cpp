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

TEST(SentenceConfig, DenseModulesStandInTheirOrder) {
  const TinyBertFolder folder;
  folder.write("modules.json", R"([{"type":"a.Transformer","path":""},{"type":"a.Pooling","path":"p"},
    {"type":"a.Dense","path":"d"},{"type":"a.Normalize","path":"n"}])");
  folder.write("p/config.json", R"({"pooling_mode":"cls"})");
  const auto dense = [&](const std::string& config) {
    folder.write("d/config.json", config);
    return read_sentence_config(folder.path());
  };
  const auto config = dense(R"({"in_features":24,"out_features":8,"bias":false,
    "activation_function":"torch.nn.modules.linear.Identity"})");
  ASSERT_TRUE(config.has_value()) << config.error().text();
  ASSERT_EQ(config->steps.size(), 2u);
  EXPECT_EQ(config->steps[0].out, 8);
  EXPECT_FALSE(config->steps[0].bias || config->steps[0].normalise);
  EXPECT_EQ(config->steps[0].activation, layers::RowActivation::kNone);
  EXPECT_TRUE(config->steps[1].normalise);
  const std::string where = folder.path() + "/d/config.json: ";
  EXPECT_EQ(dense(R"({"out_features":8})").error().where, where + "in_features");
  EXPECT_EQ(dense(R"({"in_features":24,"out_features":8,"activation_function":"torch.nn.Mish"})").error().where,
            where + "activation_function");
  EXPECT_EQ(dense(R"({"in_features":24,"out_features":8,"module_output_name":"other"})").error().code,
            Code::kUnimplemented);
}

TEST(SentenceConfig, RefusesAPromptThatGoesBeforeEveryText) {
  const TinyBertFolder folder;
  folder.write("modules.json", R"([{"type":"a.Transformer","path":""},{"type":"a.Pooling","path":"p"}])");
  folder.write("p/config.json", R"({"pooling_mode":"cls"})");
  const auto with = [&](const char* text) {
    folder.write("config_sentence_transformers.json", text);
    return read_sentence_config(folder.path());
  };
  EXPECT_TRUE(with(R"({"default_prompt_name":null,"prompts":{"query":"query: "}})").has_value());
  EXPECT_TRUE(with(R"({"default_prompt_name":"none","prompts":{"none":""}})").has_value());
  EXPECT_EQ(with(R"({"default_prompt_name":"query","prompts":{"query":"query: "}})").error().where,
            folder.path() + "/config_sentence_transformers.json: default_prompt_name");
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
  folder.write("modules.json", R"([{"type":"x.Transformer","path":""},{"type":"x.Normalize","path":"n"}])");
  EXPECT_EQ(refused().code, Code::kUnimplemented);
  folder.write("modules.json", "{}");
  EXPECT_EQ(refused().where, folder.path() + "/modules.json");
}

}  // namespace
}  // namespace fovea::models
