// BERT (Devlin et al. 2018); MiniLM has its form.
#include "engine/models/architecture.h"
#include "engine/models/bert_fields.h"

namespace fovea::models {

Result<void> read_bert(const weights::ConfigFile& file, EncoderConfig& config) {
  FOVEA_OK(read_bert_fields(file, config));
  config.names = {.prefix = "bert."};
  if (config.output != Output::kSequenceLogits) return {};
  // "mean" is ours: what `fovea train` fine-tunes reads the mean row, without BERT's pooler.
  FOVEA_TRY(config.head_pooling, read_head_pooling(file));
  if (config.head_pooling == layers::Pooling::kMean) return {};
  config.head.dense = "pooler.dense";
  config.head.activation = layers::RowActivation::kTanh;
  return {};
}

}  // namespace fovea::models
