// RoBERTa (Liu et al. 2019) and XLM-R (Conneau et al. 2020): BERT whose positions begin behind the padding id.
#include "engine/models/architecture.h"
#include "engine/models/bert_fields.h"

namespace fovea::models {

Result<void> read_roberta(const weights::ConfigFile& file, EncoderConfig& config) {
  FOVEA_OK(read_bert_fields(file, config));
  FOVEA_TRY(const int64_t padding, file.integer_or("pad_token_id", 1, 0, config.embedding.vocab - 1));
  FOVEA_OK(set_positions_behind_padding(file, config, padding));
  config.names = {.prefix = "roberta."};
  set_roberta_head(config, layers::RowActivation::kTanh);
  return {};
}

}  // namespace fovea::models
