// What KServe v2 clients ask about the server and its models: metadata, configuration, statistics, the repository.
#pragma once

#include <string>

#include "base/json.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

JsonObject server_metadata();
JsonObject model_metadata(const inference::Model& model, const std::vector<inference::ModelState>& states);
JsonObject model_config(const inference::Model& model);
JsonObject model_statistics(const inference::ModelInfo& info, const inference::Statistics& statistics);
JsonArray repository_index(const std::vector<inference::ModelState>& states, bool ready_only);

}  // namespace fovea::wire
