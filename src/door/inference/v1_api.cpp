#include "door/inference/v1_api.h"

#include "door/inference/instances.h"

namespace fovea::wire {
namespace {

Result<void> request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, exchange->names.empty() ? "" : exchange->names[0]));
  FOVEA_TRY(Inputs inputs, instances_in(member(body, "instances"), "instances", *model));
  predict(exchange, model, std::move(inputs));
  return {};
}

void predict_route(const ExchangePtr& exchange) {
  if (auto sent = request(exchange); !sent) exchange->refuse(std::move(sent.error()));
}

void health(const ExchangePtr& exchange) {
  exchange->answer({exchange->inference().ready() ? 200 : 503, "application/json", "", {}});
}

}  // namespace

void add_v1_routes(std::vector<Route>& out) {
  out.push_back({"POST", "/v1/models/{}:predict", Right::kAsk, Dialect::kPlain, predict_route});
}

void add_vertex_routes(const ServingOptions& options, std::vector<Route>& out) {
  if (!options.vertex_health_route.empty()) {
    out.push_back({"GET", options.vertex_health_route, Right::kAnyone, Dialect::kPlain, health});
  }
  if (!options.vertex_predict_route.empty()) {
    out.push_back({"POST", options.vertex_predict_route, Right::kAsk, Dialect::kPlain, predict_route});
  }
}

}  // namespace fovea::wire
