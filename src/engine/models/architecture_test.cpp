#include "engine/models/architecture.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "engine/models/bert_fields.h"

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

Result<EncoderConfig> read_fields(JsonObject fields) {
  const auto file = weights::ConfigFile::parse(to_text(fields), "config.json");
  EXPECT_TRUE(file.has_value());
  return read_encoder_config(*file);
}

JsonObject small(const char* type, JsonObject more = {}) {
  JsonObject fields{{"model_type", type},       {"hidden_size", 8},        {"num_hidden_layers", 4},
                    {"num_attention_heads", 2}, {"intermediate_size", 16}, {"vocab_size", 10}};
  for (const auto& field : more) fields[field.key()] = field.value();
  return fields;
}

TEST(Architecture, TheTableNamesEachOnce) {
  std::vector<std::string_view> types;
  for (const Architecture& architecture : architectures()) types.push_back(architecture.model_type);
  EXPECT_EQ(types, (std::vector<std::string_view>{"bert", "distilbert", "electra", "modernbert", "mpnet", "roberta",
                                                  "xlm-roberta"}));
  EXPECT_NE(read_fields(small("rodberta")).error().hint.find("roberta"), std::string::npos);
}

TEST(Architecture, PositionsOfRobertaBeginBehindThePadding) {
  const auto config = read_fields(small("roberta", {{"max_position_embeddings", 514}, {"pad_token_id", 1}}));
  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_EQ(config->tokens_max, 512);
  EXPECT_EQ(config->encoder.positions, 512);
  EXPECT_EQ(config->embedding.first_position, 2);
  EXPECT_EQ(config->embedding.still_id, 1);
  const auto error = read_fields(small("xlm-roberta", {{"max_position_embeddings", 4}, {"pad_token_id", 3}})).error();
  EXPECT_EQ(error.where, "config.json: max_position_embeddings");
  EXPECT_EQ(read_fields(small("roberta", {{"pad_token_id", 10}})).error().where, "config.json: pad_token_id");
}

TEST(Architecture, HeadsAreThoseOfTheArchitecture) {
  const auto head = [](const char* type, const char* name, JsonObject more = {}) {
    more["architectures"] = JsonArray{name};
    if (std::string_view(type) == "distilbert")
      for (const auto& [field, value] :
           {std::pair("dim", 8), std::pair("n_layers", 1), std::pair("n_heads", 2), std::pair("hidden_dim", 16)})
        more[field] = value;
    if (std::string_view(type) == "electra") more["embedding_size"] = 4;
    const auto config = read_fields(small(type, std::move(more)));
    EXPECT_TRUE(config.has_value()) << config.error().text();
    return config->head;
  };
  using layers::RowActivation;
  EXPECT_EQ(head("bert", "BertForSequenceClassification").dense, "pooler.dense");
  EXPECT_EQ(head("bert", "BertForTokenClassification").dense, "");
  EXPECT_EQ(head("distilbert", "DistilBertForSequenceClassification").dense, "pre_classifier");
  EXPECT_EQ(head("distilbert", "DistilBertForSequenceClassification").activation, RowActivation::kRelu);
  EXPECT_EQ(head("roberta", "RobertaForSequenceClassification").classifier, "classifier.out_proj");
  EXPECT_EQ(head("roberta", "RobertaForTokenClassification").classifier, "classifier");
  EXPECT_EQ(head("mpnet", "MPNetForSequenceClassification").activation, RowActivation::kTanh);
  EXPECT_EQ(head("electra", "ElectraForSequenceClassification").activation, RowActivation::kGelu);
  EXPECT_EQ(head("modernbert", "ModernBertForTokenClassification").norm, "head.norm");
  EXPECT_FALSE(head("modernbert", "ModernBertForSequenceClassification").dense_bias);
}

TEST(Architecture, ModernBertsLayersAlternate) {
  const auto windows = [](JsonObject more) {
    const auto config = read_fields(small("modernbert", std::move(more)));
    EXPECT_TRUE(config.has_value()) << config.error().text();
    std::vector<std::pair<int64_t, double>> seen;
    for (const auto& layer : config->encoder.attention) seen.emplace_back(layer.window, layer.rope_theta);
    return seen;
  };
  const std::vector<std::pair<int64_t, double>> known{{0, 160'000}, {64, 10'000}, {64, 10'000}, {0, 160'000}};
  EXPECT_EQ(windows({}), known);
  EXPECT_EQ(windows({{"local_attention", 10}, {"global_attn_every_n_layers", 2}, {"global_rope_theta", 5e4}}),
            (std::vector<std::pair<int64_t, double>>{{0, 5e4}, {5, 1e4}, {0, 5e4}, {5, 1e4}}));
  // As transformers 5 writes it.
  const JsonObject ropes{{"full_attention", {{"rope_type", "default"}, {"rope_theta", 7e4}}},
                         {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 2e4}}}};
  EXPECT_EQ(windows({{"rope_parameters", ropes},
                     {"layer_types",
                      JsonArray{"sliding_attention", "full_attention", "full_attention", "sliding_attention"}}}),
            (std::vector<std::pair<int64_t, double>>{{64, 2e4}, {0, 7e4}, {0, 7e4}, {64, 2e4}}));
  const auto refused = [](JsonObject more) { return read_fields(small("modernbert", std::move(more))).error(); };
  EXPECT_EQ(refused({{"layer_types", JsonArray{"full_attention"}}}).where, "config.json: layer_types");
  EXPECT_EQ(refused({{"layer_types", JsonArray{"a", "b", "c", "d"}}}).code, Code::kUnimplemented);
  EXPECT_EQ(refused({{"rope_scaling", {{"type", "yarn"}}}}).code, Code::kUnimplemented);
  EXPECT_EQ(refused({{"rope_parameters", {{"rope_theta", 1e4}}}}).where, "config.json: rope_parameters");
  EXPECT_EQ(refused({{"rope_parameters", {{"full_attention", {{"rope_type", "linear"}}}}}}).where,
            "config.json: rope_parameters.full_attention");
  EXPECT_EQ(refused({{"local_attention", 1}}).where, "config.json: local_attention");
}

TEST(Architecture, ActivationsByTheirNames) {
  const auto named = [](const char* name) {
    const auto file = weights::ConfigFile::parse(to_text(JsonObject{{"hidden_act", name}}), "config.json");
    return read_activation(*file, "hidden_act");
  };
  EXPECT_EQ(named("gelu"), layers::Activation::kGelu);
  EXPECT_EQ(named("gelu_new"), layers::Activation::kGeluTanh);
  EXPECT_EQ(named("gelu_pytorch_tanh"), layers::Activation::kGeluTanh);
  EXPECT_EQ(named("relu"), layers::Activation::kRelu);
  EXPECT_EQ(named("swish"), layers::Activation::kSilu);
  EXPECT_EQ(named("gelu_fast").error().where, "config.json: hidden_act");
}

TEST(Architecture, RefusesDecodersAndScaledBuckets) {
  EXPECT_EQ(read_fields(small("bert", {{"is_decoder", true}})).error().where, "config.json: is_decoder");
  EXPECT_EQ(read_fields(small("roberta", {{"add_cross_attention", true}})).error().code, Code::kUnimplemented);
  EXPECT_EQ(read_fields(small("mpnet", {{"relative_attention_num_buckets", 64}})).error().where,
            "config.json: relative_attention_num_buckets");
}

// docs/guide/adding-an-architecture.md shows the file of RoBERTa and the lines that name it, as they are.
TEST(Architecture, TheGuideShowsTheCodeAsItIs) {
  const auto page = read_file("docs/guide/adding-an-architecture.md");
  const auto code = read_file("src/engine/models/architecture_roberta.cpp");
  ASSERT_TRUE(page.has_value() && code.has_value());
  EXPECT_NE(page->find("```cpp\n" + *code + "```"), std::string::npos);
  for (const char* file : {"architecture.h", "architecture.cpp"}) {
    const auto text = read_file(std::string("src/engine/models/") + file);
    const size_t at = text->find("read_roberta");
    ASSERT_NE(at, std::string::npos);
    const size_t begin = text->find_first_not_of(" \n", text->rfind('\n', at));
    const std::string line = text->substr(begin, text->find('\n', at) - begin);
    EXPECT_NE(page->find("\n   " + line + "\n"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace fovea::models
