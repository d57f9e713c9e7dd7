// ELECTRA (Clark et al. 2020), the discriminator: BERT whose embedding may be narrower than the encoder.
#include "engine/layers/limits.h"
#include "engine/models/architecture.h"
#include "engine/models/bert_fields.h"

namespace fovea::models {

Result<void> read_electra(const weights::ConfigFile& file, EncoderConfig& config) {
  FOVEA_OK(read_bert_fields(file, config));
  FOVEA_TRY(config.embedding.size, file.integer("embedding_size", 1, layers::kHiddenMax));
  config.names = {.prefix = "electra."};
  set_roberta_head(config, layers::RowActivation::kGelu);
  return {};
}

}  // namespace fovea::models
