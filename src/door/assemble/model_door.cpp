#include "door/assemble/model_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "door/assemble/backend_kinds.h"
#include "door/assemble/remote_models.h"
#include "door/http/events_api.h"

namespace fovea::assemble {
namespace {

constexpr uint64_t kBodyBytesMax = uint64_t{64} << 20;  // tensors are larger than events
constexpr size_t kConnectionsMax = 4096;

}  // namespace

Result<std::unique_ptr<ModelDoor>> ModelDoor::open(ModelDoorOptions options, const Clock& clock,
                                                   std::function<void(const std::string&)> notice) {
  std::unique_ptr<ModelDoor> made(new ModelDoor());
  made->clock_ = &clock;
  FOVEA_TRY(http::ServerOptions server, server_options(options.http));
  server.body_bytes_max = kBodyBytesMax;
  server.connections_max = kConnectionsMax;
  options.models.backends = backend_kinds(options.graph_memory_max);
  options.models.backends.push_back(remote_kind(clock));
  FOVEA_TRY(made->access_, open_access(options.http, made->files_, clock, notice));
  FOVEA_TRY(made->models_, inference::ModelServer::create(std::move(options.models), clock));
  made->api_ = std::make_unique<wire::ServingApi>(*made->models_, clock, std::move(options.wire));
  FOVEA_OK(made->open_flows(options, notice));
  FOVEA_TRY(auto router, http::Router::create(made->routes(), *made->access_));
  FOVEA_TRY(made->server_, http::Server::start(std::move(server), std::move(router)));
  return made;
}

Result<void> ModelDoor::open_flows(const ModelDoorOptions& options, const FlowDoor::Notice& notice) {
  std::set<std::string> names;
  for (const std::string& path : options.flows) {
    FOVEA_TRY(auto flow, FlowDoor::open({path, options.state}, *models_, notice));
    if (!names.insert(flow->name()).second) {
      return fail(Code::kInvalidArgument, fmt::format("a second flow is posted to as '{}'", flow->name()), path,
                  "give each its own name in source: { http: NAME }");
    }
    flows_.push_back(std::move(flow));
  }
  return {};
}

std::vector<http::Route> ModelDoor::routes() const {
  http::EventSources sources;
  http::DecidingFlows deciding;
  for (const auto& flow : flows_) {
    sources[flow->name()] = &flow->source();
    deciding[flow->name()] = flow->deciding();
  }
  std::vector<http::Route> out = api_->routes();
  for (auto& each : http::events_routes(std::move(sources), *clock_)) out.push_back(std::move(each));
  for (auto& each : http::decide_routes(std::move(deciding), *clock_)) out.push_back(std::move(each));
  return out;
}

void ModelDoor::start_flows() {
  for (const auto& flow : flows_) flow->start();
}

ModelDoor::~ModelDoor() {
  if (server_) server_->stop();
}

bool ModelDoor::stop(Nanos grace) {
  const Nanos begin = clock_->steady();
  bool all = true;
  for (const auto& flow : flows_) flow->source().close();  // all at once refuse what is new
  for (const auto& flow : flows_) all = flow->stop(std::max(grace - (clock_->steady() - begin), Nanos(0))) && all;
  all = models_->drain(std::max(grace - (clock_->steady() - begin), Nanos(0))) && all;
  const Nanos left = std::max(grace - (clock_->steady() - begin), Nanos(0));
  const bool sent = server_->drain(std::chrono::duration_cast<std::chrono::milliseconds>(left));
  server_->stop();
  return all && sent;
}

}  // namespace fovea::assemble
