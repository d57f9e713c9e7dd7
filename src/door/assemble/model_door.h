// Models behind an HTTP and a gRPC door: what `fovea serve` is.
// Journey: loads the models, then listens; stop() fails readiness, answers what was taken in, and closes.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "door/access/access.h"
#include "door/assemble/flow_door.h"
#include "door/assemble/grpc_door.h"
#include "door/assemble/http_door.h"
#include "door/assemble/model_puller.h"
#include "door/assemble/models_and_flows.h"
#include "door/inference/serving_api.h"
#include "serve/inference/model_server.h"
#include "serve/inference/refresh.h"
#include "serve/rollout/rollouts.h"

namespace fovea::assemble {

struct ModelDoorOptions {
  inference::ModelServerOptions models;  // `pull` is set here
  size_t graph_memory_max = 0;           // bytes of all graphs in ONNX Runtime; 0: what is left
  std::string cache_folder;              // of models that are pulled; empty: the user's
  Nanos refresh{0};                      // how often it is looked where names and aliases point; 0: never
  rollout::RolloutOptions rollouts;      // without plans: none
  HttpDoor http;
  std::string grpc;  // HOST:PORT; empty: nothing listens for gRPC
  wire::ServingOptions wire;
  std::vector<std::string> flows;  // flow files whose source is http
  std::string state;               // of the flows: FlowDoorOptions::state
};

class ModelDoor {
 public:
  // Listens at once, so that probes are answered while models load. `notice` hears what an operator should know.
  // Errors: those of ModelServer, access::KeyAccess and http::Server.
  static Result<std::unique_ptr<ModelDoor>> open(ModelDoorOptions options, const Clock& clock,
                                                 std::function<void(const std::string&)> notice = {});
  ~ModelDoor();

  inference::ModelServer& models() { return *models_; }
  std::span<const std::unique_ptr<FlowDoor>> flows() const { return flows_; }
  void start_flows();  // once the models that their ladders name serve
  uint16_t port() const { return server_->port(); }
  uint16_t grpc_port() const { return grpc_ ? grpc_->port() : 0; }  // 0: none
  std::vector<http::Route> routes() const;
  // Nothing is ready any more; the flows decide what they took in, then the models answer. False: something was still
  // under way after `grace`.
  bool stop(Nanos grace);
  void end_shadows() { models_->end_shadows(); }  // stop() does it, too
  // Runs of shadows that did not end then and go on. While there are any, the process must leave without ending
  // what their threads may use (std::_Exit).
  std::vector<std::string> left_behind() const { return models_->left_behind(); }

 private:
  ModelDoor() = default;
  Result<void> open_flows(const ModelDoorOptions& options, inference::Inference& models,
                          const FlowDoor::Notice& notice);
  bool flows_ready() const;

  const Clock* clock_ = nullptr;
  RealFiles files_;
  std::unique_ptr<access::Access> access_;
  std::unique_ptr<ModelPuller> puller_;
  std::unique_ptr<inference::ModelServer> models_;
  std::unique_ptr<rollout::Rollouts> rollouts_;  // null: no plan
  std::unique_ptr<inference::Refresh> refresh_;  // null: never
  std::vector<std::unique_ptr<FlowDoor>> flows_;  // fixed once the doors listen
  std::atomic<bool> stopping_{false};
  std::unique_ptr<ModelsAndFlows> serving_;
  std::unique_ptr<wire::ServingApi> api_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<GrpcDoor> grpc_;  // null: none
};

}  // namespace fovea::assemble
