// DistilBERT (Sanh et al. 2019): BERT without token types, under names of its own.
#include "engine/layers/limits.h"
#include "engine/models/architecture.h"
#include "engine/models/bert_fields.h"
#include "engine/models/limits.h"

namespace fovea::models {

Result<void> read_distilbert(const weights::ConfigFile& file, EncoderConfig& config) {
  FOVEA_TRY(config.encoder.layers, file.integer("n_layers", 1, layers::kLayersMax));
  FOVEA_TRY(config.encoder.hidden, file.integer("dim", 1, layers::kHiddenMax));
  FOVEA_TRY(config.encoder.heads, file.integer("n_heads", 1, layers::kHeadsMax));
  FOVEA_TRY(config.encoder.intermediate, file.integer("hidden_dim", 1, layers::kIntermediateMax));
  FOVEA_TRY(config.encoder.activation, read_activation(file, "activation"));
  FOVEA_OK(read_vocabulary(file, config));
  FOVEA_TRY(config.embedding.positions, file.integer_or("max_position_embeddings", 512, 1, kPositionsMax));
  config.tokens_max = config.embedding.positions;
  config.names = {.prefix = "distilbert.",
                  .layer = "transformer.layer.",
                  .parts = {{"attention.self.query", "attention.q_lin"},
                            {"attention.self.key", "attention.k_lin"},
                            {"attention.self.value", "attention.v_lin"},
                            {"attention.output.dense", "attention.out_lin"},
                            {"attention.output.LayerNorm", "sa_layer_norm"},
                            {"intermediate.dense", "ffn.lin1"},
                            {"output.dense", "ffn.lin2"},
                            {"output.LayerNorm", "output_layer_norm"}}};
  if (config.output == Output::kSequenceLogits) {
    config.head.dense = "pre_classifier";
    config.head.activation = layers::RowActivation::kRelu;
  }
  return {};
}

}  // namespace fovea::models
