#include "door/inference/serving_api.h"

#include "door/http/departure.h"
#include "door/inference/cohere_api.h"
#include "door/inference/content_coding.h"
#include "door/inference/header_text.h"
#include "door/inference/huggingface_api.h"
#include "door/inference/invocations_api.h"
#include "door/inference/limits.h"
#include "door/inference/openai_api.h"
#include "door/inference/tei_api.h"
#include "door/inference/v1_api.h"
#include "door/inference/v2_api.h"
#include "door/wire/model_name.h"

namespace fovea::wire {
namespace {

// x-request-timeout-ms: the whole of what the client waits.
Result<void> take_timeout(Exchange& exchange) {
  const std::string_view text = exchange.header("x-request-timeout-ms");
  if (text.empty()) return {};
  const auto ms = whole_number(text);
  if (!ms || *ms == 0) {
    return fail(Code::kInvalidArgument, "is no whole number of milliseconds from 1", "x-request-timeout-ms");
  }
  const int64_t most = std::chrono::milliseconds(kTimeoutMax).count();
  exchange.finish_within(std::chrono::milliseconds(std::min(*ms, most)));
  return {};
}

Result<void> take_names(Exchange& exchange, const std::vector<std::string>& escaped) {
  for (const std::string& each : escaped) {
    auto name = without_escapes(each);
    if (!name || !is_model_name(*name)) {
      return fail(Code::kInvalidArgument, "a part of the path is no name of a model or version", "path",
                  "letters, digits and . _ - / : @");
    }
    exchange.names.push_back(std::move(*name));
  }
  return {};
}

// What all routes have in common.
void handle(const std::shared_ptr<const Door>& door, const Route& route, http::Routed routed) {
  const std::vector<std::string> names = std::move(routed.names);
  const auto exchange = std::make_shared<Exchange>(door, std::move(routed), route.dialect);
  if (const auto& departure = exchange->request.departure)
    departure->on_leave([kept = std::weak_ptr<Exchange>(exchange)] {
      if (const auto alive = kept.lock()) alive->cancel();
    });
  if (auto taken = take_names(*exchange, names); !taken) return exchange->refuse(std::move(taken.error()));
  if (auto taken = take_timeout(*exchange); !taken) return exchange->refuse(std::move(taken.error()));
  const std::string_view coding = exchange->header("Content-Encoding");
  const size_t bytes = exchange->request.body.size() * (coding.empty() ? 1 : kUnpackedGuess);
  exchange->read(bytes, [exchange, coding, handle = route.handle] {
    auto body = unpack(coding, std::move(exchange->request.body));
    if (!body) return exchange->refuse(std::move(body.error()));
    exchange->request.body = std::move(*body);
    handle(exchange);
  });
}

}  // namespace

std::vector<Route> all_routes(const ServingOptions& options) {
  std::vector<Route> out;
  add_vertex_routes(options, out);  // a deployment's own routes go before those that are always there
  add_v2_routes(out);
  add_v1_routes(out);
  add_openai_routes(out);
  add_tei_routes(out);
  add_cohere_routes(out);
  add_invocations_routes(out);
  add_huggingface_routes(out);
  return out;
}

ServingApi::ServingApi(inference::Inference& inference, const Clock& clock, ServingOptions options)
    : side_(std::make_shared<SideThreads>()),
      door_(std::make_shared<const Door>(
          Door{inference, clock, std::move(options), clock.now(), side_, std::make_shared<LoadedFolders>()})) {}

std::vector<http::Route> ServingApi::routes() const {
  std::vector<http::Route> out;
  for (Route& route : all_routes(door_->options)) {
    http::Route row{route.method, route.pattern, route.needs, refuse_as(route.dialect), {}};
    row.handle = [door = door_, route = std::move(route)](http::Routed routed) {
      handle(door, route, std::move(routed));
    };
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace fovea::wire
