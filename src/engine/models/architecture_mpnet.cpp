// MPNet (Song et al. 2020): BERT with relative positions in buckets beside the absolute ones, without token types.
#include "engine/models/architecture.h"
#include "engine/models/bert_fields.h"

namespace fovea::models {

Result<void> read_mpnet(const weights::ConfigFile& file, EncoderConfig& config) {
  FOVEA_OK(read_bert_fields(file, config));
  // The reference sorts distances into 32 buckets whatever the field says, which sets the size of the table only.
  FOVEA_TRY(config.encoder.relative_buckets, file.integer_or("relative_attention_num_buckets", 32, 32, 32));
  config.embedding.token_types = 0;
  FOVEA_OK(set_positions_behind_padding(file, config, 1));  // the reference's padding id is fixed
  config.names = {.prefix = "mpnet.",
                  .parts = {{"relative_attention_bias", "encoder.relative_attention_bias"},
                            {"attention.self.query", "attention.attn.q"},
                            {"attention.self.key", "attention.attn.k"},
                            {"attention.self.value", "attention.attn.v"},
                            {"attention.output.dense", "attention.attn.o"},
                            {"attention.output.LayerNorm", "attention.LayerNorm"}}};
  set_roberta_head(config, layers::RowActivation::kTanh);
  return {};
}

}  // namespace fovea::models
