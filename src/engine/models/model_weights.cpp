#include "engine/models/model_weights.h"

#include <fmt/format.h>

#include "engine/models/encoder_tensors.h"
#include "engine/models/packed_weights.h"
#include "engine/weights/weight_files.h"

namespace fovea::models {
namespace {

constexpr const char *kEncoder = "encoder.", *kHead = "head.";

std::string step_prefix(size_t step) {
  return fmt::format("step.{}.", step);
}

Result<std::shared_ptr<const weights::WeightFiles>> open_files(const std::string& folder) {
  FOVEA_TRY(auto files, weights::WeightFiles::open(folder));
  return std::make_shared<const weights::WeightFiles>(std::move(files));
}

}  // namespace

Result<ModelWeights> folder_weights(const std::string& folder, const EncoderConfig& config,
                                    const SentenceConfig& sentence, bool bf16_rows) {
  FOVEA_TRY(const auto files, open_files(folder));
  ModelWeights made;
  made.encoder = std::make_unique<EncoderTensors>(files, config.names, bf16_rows);
  made.head = std::make_unique<HeadTensors>(files, config.names.prefix);
  for (const SentenceStep& step : sentence.steps) {
    made.steps.emplace_back();
    if (step.normalise) continue;
    FOVEA_TRY(auto own, open_files(step.folder));
    made.steps.back() = std::make_unique<HeadTensors>(std::move(own), "");
  }
  return made;
}

ModelWeights packed_weights(std::shared_ptr<const weights::PackedFile> file, const SentenceConfig& sentence,
                            std::set<std::string>& asked) {
  ModelWeights made;
  made.encoder = std::make_unique<PackedWeights>(file, kEncoder, asked);
  made.head = std::make_unique<PackedWeights>(file, kHead, asked);
  for (size_t i = 0; i < sentence.steps.size(); ++i) {
    made.steps.emplace_back();
    if (!sentence.steps[i].normalise) made.steps.back() = std::make_unique<PackedWeights>(file, step_prefix(i), asked);
  }
  return made;
}

ModelWeights recorded_weights(ModelWeights from, weights::PackedWriter& record) {
  ModelWeights made;
  made.encoder = std::make_unique<RecordedWeights>(std::move(from.encoder), kEncoder, record);
  made.head = std::make_unique<RecordedWeights>(std::move(from.head), kHead, record);
  for (size_t i = 0; i < from.steps.size(); ++i) {
    made.steps.emplace_back();
    if (from.steps[i])
      made.steps.back() = std::make_unique<RecordedWeights>(std::move(from.steps[i]), step_prefix(i), record);
  }
  return made;
}

}  // namespace fovea::models
