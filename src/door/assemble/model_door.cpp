#include "door/assemble/model_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/progress.h"
#include "door/assemble/backend_kinds.h"
#include "door/assemble/remote_models.h"
#include "door/http/events_api.h"
#include "serve/registry/model_folder.h"

namespace fovea::assemble {
namespace {

constexpr uint64_t kBodyBytesMax = uint64_t{64} << 20;  // tensors are larger than events
constexpr size_t kConnectionsMax = 4096;

inference::PullModel pull_with(ModelPuller& puller, const Clock& clock, std::function<void(const std::string&)> tell) {
  return [&puller, &clock, tell = std::move(tell)](const std::string& address) -> Result<inference::FoundVersion> {
    std::unique_ptr<Progress> progress;  // only where something comes
    auto pulled = puller.pull(address, [&](const registry::PullProgress& so_far) {
      if (!progress) progress = std::make_unique<Progress>("pulling " + address, clock);
      const auto all = static_cast<double>(std::max<uint64_t>(so_far.bytes_total, 1));
      progress->update(std::min(1.0, static_cast<double>(so_far.bytes) / all), so_far.file);
      return true;
    });
    if (!pulled) return std::unexpected(std::move(pulled.error()));
    if (progress) progress->done(pulled->revision.substr(0, 12));
    if (pulled->stale && tell) tell(address + ": the registry could not be asked, what it last said serves");
    return inference::FoundVersion{std::move(pulled->version), std::move(pulled->folder)};
  };
}

// A promoted version becomes what the folder's "prod" means; models of registries have their alias moved there.
void move_prod(const std::vector<inference::ModelPlace>& places, const std::string& models_dir,
               const std::string& model, const std::string& version,
               const std::function<void(const std::string&)>& tell) {
  const auto found = std::ranges::find(places, model, &inference::ModelPlace::name);
  if (found == places.end() && models_dir.empty()) return;
  const std::string folder = found == places.end() ? models_dir + "/" + model : found->folder;
  if (registry::is_remote(folder) || (found != places.end() && found->more.contains(version))) return;
  const auto place = registry::find_version(folder, version);
  if (!place || place->folder == folder) return;
  SystemClock clock;
  const auto set =
      registry::set_alias(folder, std::string(registry::kServingAlias), std::stoull(place->version), clock);
  if (tell)
    tell(set ? fmt::format("{} of {} means version {} now", registry::kServingAlias, model, place->version)
             : "the promoted version could not be noted: " + set.error().text());
}

}  // namespace

Result<std::unique_ptr<ModelDoor>> ModelDoor::open(ModelDoorOptions options, const Clock& clock,
                                                   std::function<void(const std::string&)> notice) {
  std::unique_ptr<ModelDoor> made(new ModelDoor());
  made->clock_ = &clock;
  FOVEA_TRY(http::ServerOptions server, server_options(options.http));
  server.body_bytes_max = kBodyBytesMax;
  server.connections_max = kConnectionsMax;
  for (inference::BackendKind& kind : backend_kinds(options.graph_memory_max))
    options.models.backends.push_back(std::move(kind));
  options.models.backends.push_back(remote_kind(clock));
  FOVEA_TRY(made->access_, open_access(options.http, made->files_, clock, notice));
  made->puller_ = std::make_unique<ModelPuller>(options.cache_folder);
  options.models.pull = pull_with(*made->puller_, clock, notice);
  options.rollouts.promoted = [door = made.get(), places = options.models.models, dir = options.models.models_dir,
                               notice](const std::string& model, const std::string& version) {
    move_prod(places, dir, model, version, notice);
    door->models_->refresh();
  };
  FOVEA_TRY(made->models_, inference::ModelServer::create(std::move(options.models), clock));
  inference::Inference* serving = made->models_.get();
  if (!options.rollouts.plans.empty()) {
    options.rollouts.tell = notice;
    FOVEA_TRY(made->rollouts_,
              rollout::Rollouts::create(std::move(options.rollouts), *made->models_, made->files_, clock));
    serving = made->rollouts_.get();
  }
  if (options.refresh.count() > 0)
    made->refresh_ = std::make_unique<inference::Refresh>(*made->models_, options.refresh);
  const std::string usual_model = options.wire.model;
  made->serving_ = std::make_unique<ModelsAndFlows>(*serving, [door = made.get()] { return door->flows_ready(); });
  made->api_ = std::make_unique<wire::ServingApi>(*made->serving_, clock, std::move(options.wire));
  FOVEA_OK(made->open_flows(options, *serving, notice));
  FOVEA_TRY(auto router, http::Router::create(made->routes(), *made->access_));
  FOVEA_TRY(made->server_, http::Server::start(std::move(server), std::move(router)));
  if (options.grpc.empty()) return made;
  FOVEA_TRY(const rpc::ServerOptions grpc, grpc_options(options.grpc, options.http, made->access_->guarded()));
  FOVEA_TRY(made->grpc_, GrpcDoor::open(grpc, *made->access_, *made->serving_, clock, usual_model));
  return made;
}

Result<void> ModelDoor::open_flows(const ModelDoorOptions& options, inference::Inference& models,
                                   const FlowDoor::Notice& notice) {
  std::set<std::string> names;
  for (const std::string& path : options.flows) {
    FOVEA_TRY(auto flow, FlowDoor::open({path, options.state}, models, notice));
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

bool ModelDoor::flows_ready() const {
  return !stopping_ && std::ranges::all_of(flows_, [](const auto& flow) { return flow->running(); });
}

void ModelDoor::start_flows() {
  for (const auto& flow : flows_) flow->start();
}

ModelDoor::~ModelDoor() {
  if (models_) models_->drain(Nanos(0));  // so that nothing waits for what loads
  grpc_.reset();
  if (server_) server_->stop();
}

bool ModelDoor::stop(Nanos grace) {
  stopping_ = true;
  const Nanos begin = clock_->steady();
  const auto left = [&] { return std::max(grace - (clock_->steady() - begin), Nanos(0)); };
  const auto ms_left = [&] { return std::chrono::duration_cast<std::chrono::milliseconds>(left()); };
  bool all = true;
  for (const auto& flow : flows_) flow->source().close();  // all at once refuse what is new
  for (const auto& flow : flows_) all = flow->stop(left()) && all;
  all = models_->drain(left()) && all;
  const bool said = !grpc_ || grpc_->drain(ms_left());
  const bool sent = server_->drain(ms_left());
  server_->stop();
  models_->end_shadows();
  return all && said && sent;
}

}  // namespace fovea::assemble
