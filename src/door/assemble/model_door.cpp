#include "door/assemble/model_door.h"

#include <algorithm>

#include "door/assemble/backend_kinds.h"
#include "door/assemble/remote_models.h"

namespace fovea::assemble {
namespace {

constexpr uint64_t kBodyBytesMax = uint64_t{64} << 20;  // tensors are larger than events
constexpr size_t kConnectionsMax = 4096;

}  // namespace

Result<std::unique_ptr<ModelDoor>> ModelDoor::open(ModelDoorOptions options, const Clock& clock) {
  std::unique_ptr<ModelDoor> made(new ModelDoor());
  made->clock_ = &clock;
  FOVEA_TRY(http::ServerOptions server, server_options(options.http));
  server.body_bytes_max = kBodyBytesMax;
  server.connections_max = kConnectionsMax;
  options.models.backends = backend_kinds(options.graph_memory_max);
  options.models.backends.push_back(remote_kind(clock));
  FOVEA_TRY(made->models_, inference::ModelServer::create(std::move(options.models), clock));
  made->api_ = std::make_unique<wire::ServingApi>(*made->models_, clock, std::move(options.wire));
  FOVEA_TRY(made->server_, http::Server::start(std::move(server), made->api_->handler()));
  return made;
}

ModelDoor::~ModelDoor() {
  if (server_) server_->stop();
}

bool ModelDoor::stop(Nanos grace) {
  const Nanos begin = clock_->steady();
  const bool all = models_->drain(grace);
  const Nanos left = std::max(grace - (clock_->steady() - begin), Nanos(0));
  const bool sent = server_->drain(std::chrono::duration_cast<std::chrono::milliseconds>(left));
  server_->stop();
  return all && sent;
}

}  // namespace fovea::assemble
