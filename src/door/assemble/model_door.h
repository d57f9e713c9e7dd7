// Models behind an HTTP door: what `fovea serve` is.
// Journey: loads the models, then listens; stop() fails readiness, answers what was taken in, and closes.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "door/assemble/http_door.h"
#include "door/inference/serving_api.h"
#include "serve/inference/model_server.h"

namespace fovea::assemble {

struct ModelDoorOptions {
  inference::ModelServerOptions models;
  size_t graph_memory_max = 0;  // bytes of all graphs in ONNX Runtime; 0: what is left
  HttpDoor http;
  wire::ServingOptions wire;
};

class ModelDoor {
 public:
  // Listens at once, so that probes are answered while models load. Errors: those of ModelServer and http::Server.
  static Result<std::unique_ptr<ModelDoor>> open(ModelDoorOptions options, const Clock& clock);
  ~ModelDoor();

  inference::ModelServer& models() { return *models_; }
  uint16_t port() const { return server_->port(); }
  // False: something was still under way after `grace`.
  bool stop(Nanos grace);

 private:
  ModelDoor() = default;

  const Clock* clock_ = nullptr;
  std::unique_ptr<inference::ModelServer> models_;
  std::unique_ptr<wire::ServingApi> api_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace fovea::assemble
