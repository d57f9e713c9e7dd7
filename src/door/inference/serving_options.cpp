#include "door/inference/serving_options.h"

namespace fovea::wire {

Result<void> take_vertex_routes(const std::function<std::optional<std::string>(const char*)>& variable,
                                ServingOptions& out) {
  const auto endpoint = variable("AIP_ENDPOINT_ID"), deployed = variable("AIP_DEPLOYED_MODEL_ID");
  if (endpoint && deployed) {
    out.vertex_health_route = "/v1/endpoints/" + *endpoint + "/deployedModels/" + *deployed;
    out.vertex_predict_route = out.vertex_health_route + ":predict";
  }
  if (const auto route = variable("AIP_HEALTH_ROUTE")) out.vertex_health_route = *route;
  if (const auto route = variable("AIP_PREDICT_ROUTE")) out.vertex_predict_route = *route;
  for (const std::string* route : {&out.vertex_health_route, &out.vertex_predict_route}) {
    if (route->empty() || route->starts_with('/')) continue;
    return fail(Code::kInvalidArgument, "is no path: '" + *route + "'", "AIP_HEALTH_ROUTE or AIP_PREDICT_ROUTE",
                "it begins with '/'");
  }
  return {};
}

}  // namespace fovea::wire
