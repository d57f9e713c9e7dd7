#include "serve/remote/v2_tensors.h"

namespace fovea::remote {

std::string v2_output(const RemoteOptions& options) {
  if (!options.tensors.output.empty()) return options.tensors.output;
  if (options.task == inference::Task::kEmbedding) return "embedding";
  return options.probabilities ? "probabilities" : "logits";
}

}  // namespace fovea::remote
