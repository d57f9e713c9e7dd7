// How the doors behave that a deployment can choose.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace fovea::wire {

struct ServingOptions {
  std::string model;              // of requests that name none; empty: the only one of the task
  int v2_not_ready_status = 503;  // Triton and some of its clients: 400
  // /invocations: MLflow's shape for {"inputs": ...}, or the one of Hugging Face's containers on SageMaker.
  bool sagemaker = false;
  // Of SageMaker's multi-model containers: loads the folder under the name. Empty: the models are those of the start.
  std::function<Result<void>(const std::string& name, const std::string& folder)> load_folder;
  std::string models_root = "/opt/ml/models";             // below which load_folder may be asked for folders
  std::string vertex_health_route, vertex_predict_route;  // AIP_HEALTH_ROUTE, AIP_PREDICT_ROUTE; empty: none
  std::vector<std::string> flagged_labels;                // that moderation flags, beside OpenAI's own categories
};

// The routes that Vertex AI asks a container for, from its environment (`variable`: std::getenv, or a test's).
// kInvalidArgument: a route that does not begin with '/'.
Result<void> take_vertex_routes(const std::function<std::optional<std::string>(const char*)>& variable,
                                ServingOptions& out);

}  // namespace fovea::wire
