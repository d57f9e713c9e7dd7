#include "door/inference/serving_api.h"

#include <fmt/format.h>

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

Refusal no_such_route(const http::Request& request, std::string_view path, const std::string& allow) {
  if (allow.empty()) {
    return refusal(Error{Code::kNotFound,
                         fmt::format("nothing is at '{}'", path.substr(0, kNameBytesMax)),
                         {},
                         "GET /v2 and GET /v1/models say what is"});
  }
  Refusal out = refusal(405, fmt::format("{} is not allowed here", request.method.substr(0, 20)), "send " + allow);
  out.allow = allow;
  return out;
}

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

// The one place through which every request goes.
void handle(const std::shared_ptr<const Door>& door, std::span<const Route> routes, http::Request request,
            http::Respond respond) {
  const std::string target = request.target;
  const std::string_view path = std::string_view(target).substr(0, target.find('?'));
  const Match found = match(routes, request.method, path);
  const auto exchange = std::make_shared<Exchange>(door, std::move(request), std::move(respond));
  exchange->dialect = found.dialect;
  if (exchange->request.departure) {
    exchange->request.departure->on_leave([weak = std::weak_ptr(exchange)] {
      if (const auto left = weak.lock()) left->cancel();
    });
  }
  if (const auto& departure = exchange->request.departure)
    departure->on_leave([kept = std::weak_ptr<Exchange>(exchange)] {
      if (const auto alive = kept.lock()) alive->cancel();
    });
  if (door->authorise) {
    auto caller = door->authorise(exchange->request, found.route ? found.route->role : Role::kViewer);
    if (!caller) return exchange->refuse(std::move(caller.error()));
    exchange->caller = std::move(*caller);
  }
  if (!found.route) return exchange->refuse(no_such_route(exchange->request, path, found.allow));
  if (auto taken = take_names(*exchange, found.names); !taken) return exchange->refuse(std::move(taken.error()));
  if (auto taken = take_timeout(*exchange); !taken) return exchange->refuse(std::move(taken.error()));
  auto body = unpack(exchange->header("Content-Encoding"), std::move(exchange->request.body));
  if (!body) return exchange->refuse(std::move(body.error()));
  exchange->request.body = std::move(*body);
  found.route->handle(exchange);
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

ServingApi::ServingApi(inference::Inference& inference, const Clock& clock, ServingOptions options, Authorise authorise)
    : orders_(std::make_shared<Orders>()),
      routes_(std::make_shared<const std::vector<Route>>(all_routes(options))),
      door_(std::make_shared<const Door>(Door{inference, clock, std::move(options), std::move(authorise), clock.now(),
                                              orders_, std::make_shared<LoadedFolders>()})) {}

http::Handler ServingApi::handler() const {
  return [door = door_, routes = routes_](http::Request request, http::Respond respond) {
    handle(door, *routes, std::move(request), std::move(respond));
  };
}

}  // namespace fovea::wire
