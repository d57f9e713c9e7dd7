#include "engine/models/architecture.h"

#include <gtest/gtest.h>

namespace fovea::models {
namespace {

Result<EncoderConfig> read(const std::string& more) {
  const auto file = weights::ConfigFile::parse(
      R"({"model_type":"bert","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,)"
      R"("vocab_size":10)" +
          more + "}",
      "config.json");
  EXPECT_TRUE(file.has_value());
  return read_encoder_config(*file);
}

TEST(Architecture, WhatIsLeftOutIsAsInTransformers) {
  const auto config = read("");
  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_EQ(config->embedding.positions, 512);
  EXPECT_EQ(config->embedding.token_types, 2);
  EXPECT_EQ(config->encoder.layer_norm_eps, 1e-12f);
  EXPECT_EQ(config->encoder.activation, layers::Activation::kGelu);
  EXPECT_EQ(config->output, Output::kEmbedding);
}

TEST(Architecture, ReadsTheHead) {
  const std::string head = R"(,"architectures":["BertForSequenceClassification"])";
  EXPECT_EQ(read(head)->labels, (std::vector<std::string>{"LABEL_0", "LABEL_1"}));
  EXPECT_EQ(read(head + R"(,"id2label":{"1":"no","0":"yes"})")->labels, (std::vector<std::string>{"yes", "no"}));
  EXPECT_EQ(read(head + R"(,"id2label":{"0":"yes","2":"no"})").error().where, "config.json: id2label");
  EXPECT_EQ(read(head + R"(,"num_labels":0)").error().where, "config.json: num_labels");
  EXPECT_EQ(read(R"(,"architectures":["BertForMaskedLM"])")->output, Output::kEmbedding);
  EXPECT_EQ(read(R"(,"architectures":["BertForQuestionAnswering"])").error().code, Code::kUnimplemented);
}

}  // namespace
}  // namespace fovea::models
