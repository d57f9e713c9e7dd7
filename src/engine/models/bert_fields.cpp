#include "engine/models/bert_fields.h"

#include <fmt/format.h>

#include "engine/layers/limits.h"
#include "engine/models/limits.h"

namespace fovea::models {

Result<layers::Activation> read_activation(const weights::ConfigFile& file, std::string_view field) {
  using layers::Activation;
  constexpr std::pair<std::string_view, Activation> kNames[] = {
      {"gelu", Activation::kGelu}, {"gelu_new", Activation::kGeluTanh}, {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"relu", Activation::kRelu}, {"silu", Activation::kSilu},         {"swish", Activation::kSilu}};
  FOVEA_TRY(const std::string given,
            file.choice_or(field, "gelu", {"gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "swish"}));
  for (const auto& [name, activation] : kNames)
    if (name == given) return activation;
  return Activation::kGelu;
}

Result<void> read_vocabulary(const weights::ConfigFile& file, EncoderConfig& config) {
  FOVEA_TRY(config.embedding.vocab, file.integer("vocab_size", 1, kVocabularyMax));
  config.embedding.hidden = config.embedding.size = config.encoder.hidden;
  return {};
}

Result<void> read_bert_fields(const weights::ConfigFile& file, EncoderConfig& config) {
  FOVEA_TRY(config.encoder.layers, file.integer("num_hidden_layers", 1, layers::kLayersMax));
  FOVEA_TRY(config.encoder.hidden, file.integer("hidden_size", 1, layers::kHiddenMax));
  FOVEA_TRY(config.encoder.heads, file.integer("num_attention_heads", 1, layers::kHeadsMax));
  FOVEA_TRY(config.encoder.intermediate, file.integer("intermediate_size", 1, layers::kIntermediateMax));
  FOVEA_TRY(const double eps, file.number_or("layer_norm_eps", 1e-12, 0.0, 1.0));
  FOVEA_TRY(config.encoder.activation, read_activation(file, "hidden_act"));
  FOVEA_TRY(const std::string positions, file.choice_or("position_embedding_type", "absolute", {"absolute"}));
  FOVEA_OK(read_vocabulary(file, config));
  FOVEA_TRY(config.embedding.positions, file.integer_or("max_position_embeddings", 512, 1, kPositionsMax));
  FOVEA_TRY(config.embedding.token_types, file.integer_or("type_vocab_size", 2, 1, 1024));
  config.encoder.layer_norm_eps = config.embedding.layer_norm_eps = static_cast<float>(eps);
  config.tokens_max = config.embedding.positions;
  return {};
}

Result<layers::Pooling> read_head_pooling(const weights::ConfigFile& file) {
  FOVEA_TRY(const std::string pooling, file.choice_or("classifier_pooling", "cls", {"cls", "mean"}));
  return pooling.front() == 'm' ? layers::Pooling::kMean : layers::Pooling::kFirst;
}

void set_roberta_head(EncoderConfig& config, layers::RowActivation activation) {
  if (config.output != Output::kSequenceLogits) return;
  config.head.dense = "classifier.dense";
  config.head.activation = activation;
  config.head.classifier = "classifier.out_proj";
}

Result<void> set_positions_behind_padding(const weights::ConfigFile& file, EncoderConfig& config, int64_t padding) {
  config.embedding.first_position = padding + 1;
  config.embedding.still_id = static_cast<int32_t>(padding);
  config.tokens_max = config.embedding.tokens_max();
  if (config.tokens_max >= 1) return {};
  return fail(Code::kInvalidArgument,
              fmt::format("{} leave none behind the padding id {}", config.embedding.positions, padding),
              file.where("max_position_embeddings"));
}

}  // namespace fovea::models
