// All weights of one model, by part: from a Hugging Face folder, from a packed file, or from either with a record kept.
// Journey: what EncoderModel::create() reads its layers from.
// Ownership: each source keeps its files open. `config`, `asked` and `record` are borrowed.
// Errors: as WeightFiles and PackedFile.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/layers/weight_source.h"
#include "engine/models/encoder_config.h"
#include "engine/models/sentence_config.h"
#include "engine/weights/packed_file.h"
#include "engine/weights/packed_writer.h"

namespace fovea::models {

struct ModelWeights {
  std::unique_ptr<layers::WeightSource> encoder, head;
  std::vector<std::unique_ptr<layers::WeightSource>> steps;  // of the sentence's Dense modules; null for Normalize
};

// `bf16_rows`: as EncoderTensors.
Result<ModelWeights> folder_weights(const std::string& folder, const EncoderConfig& config,
                                    const SentenceConfig& sentence, bool bf16_rows);
// `asked` gets the names of the entries that were asked for: what is left belongs to another model.
ModelWeights packed_weights(std::shared_ptr<const weights::PackedFile> file, const SentenceConfig& sentence,
                            std::set<std::string>& asked);
ModelWeights recorded_weights(ModelWeights from, weights::PackedWriter& record);

}  // namespace fovea::models
