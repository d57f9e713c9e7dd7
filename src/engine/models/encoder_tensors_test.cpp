#include "engine/models/encoder_tensors.h"

#include <gtest/gtest.h>

#include "engine/models/architecture.h"
#include "engine/models/encoder_model.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::models {
namespace {

const std::vector<int32_t> kText{2, 9, 10, 7, 8, 3};

std::vector<float> answer(const TinyBertFolder& folder) {
  const auto model = EncoderModel::create(folder.path());
  EXPECT_TRUE(model.has_value()) << model.error().text();
  if (!model) return {};
  std::vector<float> out(static_cast<size_t>((*model)->width()));
  const std::vector<int32_t> offsets{0, static_cast<int32_t>(kText.size())};
  tensor::Arena arena;
  const auto ran = (*model)->run({kText, offsets}, {out.data(), 1, (*model)->width()}, arena);
  EXPECT_TRUE(ran.has_value()) << ran.error().text();
  return out;
}

// BERT's name with its parts replaced: the first that fits, from `pairs` of (BERT's, the other's).
std::function<std::string(const std::string&)> renamed(const std::string& prefix,
                                                       const std::vector<std::pair<std::string, std::string>>& pairs) {
  return [=](const std::string& name) {
    for (const auto& [ours, theirs] : pairs) {
      const size_t at = name.find(ours);
      if (at == std::string::npos) continue;
      return theirs.empty() ? theirs : prefix + name.substr(0, at) + theirs + name.substr(at + ours.size());
    }
    return prefix + name;
  };
}

// The same weights under another architecture's names give what BERT gives, where the two differ in names alone.
TEST(EncoderTensors, DistilBertsNames) {
  TinyBert other{.zero_types = true};
  const auto bert = answer(TinyBertFolder(other));
  other.config = {{"model_type", "distilbert"},
                  {"dim", 24},
                  {"n_layers", 2},
                  {"n_heads", 3},
                  {"hidden_dim", 40},
                  {"hidden_size", nullptr},
                  {"intermediate_size", nullptr}};
  const std::vector<std::pair<std::string, std::string>> names{
      {"embeddings.token_type", ""},
      {"embeddings.", "embeddings."},
      {"encoder.layer.0.attention.self.query", "transformer.layer.0.attention.q_lin"},
      {"encoder.layer.0.attention.self.key", "transformer.layer.0.attention.k_lin"},
      {"encoder.layer.0.attention.self.value", "transformer.layer.0.attention.v_lin"},
      {"encoder.layer.0.attention.output.dense", "transformer.layer.0.attention.out_lin"},
      {"encoder.layer.0.attention.output.LayerNorm", "transformer.layer.0.sa_layer_norm"},
      {"encoder.layer.0.intermediate.dense", "transformer.layer.0.ffn.lin1"},
      {"encoder.layer.0.output.dense", "transformer.layer.0.ffn.lin2"},
      {"encoder.layer.0.output.LayerNorm", "transformer.layer.0.output_layer_norm"},
      {"encoder.layer.1.attention.self.query", "transformer.layer.1.attention.q_lin"},
      {"encoder.layer.1.attention.self.key", "transformer.layer.1.attention.k_lin"},
      {"encoder.layer.1.attention.self.value", "transformer.layer.1.attention.v_lin"},
      {"encoder.layer.1.attention.output.dense", "transformer.layer.1.attention.out_lin"},
      {"encoder.layer.1.attention.output.LayerNorm", "transformer.layer.1.sa_layer_norm"},
      {"encoder.layer.1.intermediate.dense", "transformer.layer.1.ffn.lin1"},
      {"encoder.layer.1.output.dense", "transformer.layer.1.ffn.lin2"},
      {"encoder.layer.1.output.LayerNorm", "transformer.layer.1.output_layer_norm"}};
  for (const char* prefix : {"", "distilbert."}) {
    other.rename = renamed(prefix, names);
    EXPECT_EQ(answer(TinyBertFolder(other)), bert) << prefix;
  }
  other.rename = renamed("", {{"embeddings.token_type", ""}});
  const TinyBertFolder bare(other);
  EXPECT_EQ(EncoderModel::create(bare.path()).error().where,
            bare.path() + "/model.safetensors: transformer.layer.0.attention.q_lin.weight");
}

TEST(EncoderTensors, RobertasPositionsStandBehindThePadding) {
  const auto bert = answer(TinyBertFolder());
  for (const char* type : {"roberta", "xlm-roberta"})
    EXPECT_EQ(answer(TinyBertFolder({.first_position = 2,
                                     .rename = renamed("roberta.", {}),
                                     .config = {{"model_type", type},
                                                {"pad_token_id", 1},
                                                {"max_position_embeddings", TinyBertFolder::kPositions + 2}}})),
              bert);
}

TEST(EncoderTensors, MpNetsNamesAndBuckets) {
  TinyBert other{.zero_types = true};
  const auto bert = answer(TinyBertFolder(other));
  other.first_position = 2;
  other.config = {{"model_type", "mpnet"}, {"max_position_embeddings", TinyBertFolder::kPositions + 2}};
  other.rename = renamed("", {{"embeddings.token_type", ""},
                              {"attention.self.query", "attention.attn.q"},
                              {"attention.self.key", "attention.attn.k"},
                              {"attention.self.value", "attention.attn.v"},
                              {"attention.output.dense", "attention.attn.o"},
                              {"attention.output.LayerNorm", "attention.LayerNorm"}});
  other.zeros = {
      {"encoder.relative_attention_bias.weight", {32, 3}}};  // no bias: BERT's attention, but for its rounding
  const auto mpnet = answer(TinyBertFolder(other));
  ASSERT_EQ(mpnet.size(), bert.size());
  for (size_t i = 0; i < bert.size(); ++i) EXPECT_NEAR(mpnet[i], bert[i], 1e-6);
}

TEST(EncoderTensors, ElectraAsWideAsItsEmbeddingIsBert) {
  EXPECT_EQ(answer(TinyBertFolder(
                {.rename = renamed("electra.", {}), .config = {{"model_type", "electra"}, {"embedding_size", 24}}})),
            answer(TinyBertFolder()));
}

TEST(EncoderTensors, ShardsAreOneModel) {
  const auto whole = answer(TinyBertFolder());
  EXPECT_EQ(answer(TinyBertFolder({.shards = 3})), whole);
  EXPECT_EQ(answer(TinyBertFolder({.prefixed = true, .shards = 7})), whole);
}

TEST(EncoderTensors, AFusedTensorIsServedInSlices) {
  const TinyBertFolder folder({.zeros = {{"layers.0.attn.Wqkv.weight", {9, 4}}}});
  const auto files = std::make_shared<const weights::WeightFiles>(*weights::WeightFiles::open(folder.path()));
  const TensorNames names{.prefix = "model.",
                          .layer = "layers.",
                          .parts = {{"attention.self.key", "attn.Wqkv", 1, 3}, {"output.dense.bias", ""}}};
  const EncoderTensors tensors(files, names, false);
  const auto key = tensors.tensor("layer.0.attention.self.key.weight", {3, 4});
  ASSERT_TRUE(key.has_value()) << key.error().text();
  EXPECT_EQ(key->shape(), (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(tensors.tensor("layer.0.attention.self.key.weight", {4, 4}).error().message,
            "has shape [9, 4], [12, 4] is needed");
  EXPECT_EQ(tensors.tensor("layer.5.output.dense.bias", {2})->values()[1], 0.0f);  // the file has none
  EXPECT_EQ(tensors.tensor("layer.5.output.dense.weight", {2, 2}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea::models
