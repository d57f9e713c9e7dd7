#include "door/http/events_api.h"

#include <fmt/format.h>

#include <memory>

#include "door/http/limits.h"
#include "stream/connectors/cloudevents.h"
#include "stream/connectors/problem.h"

namespace fovea::http {
namespace {

using connectors::Problem;
using connectors::problem;
using connectors::Receipt;

Response accepted(const std::vector<Receipt>& receipts) {
  JsonArray ids;
  int64_t duplicates = 0;
  for (const Receipt& receipt : receipts) {
    ids.emplace_back(receipt.id);
    duplicates += receipt.duplicate;
  }
  JsonObject body;
  body["ids"] = std::move(ids);
  body["duplicates"] = duplicates;
  return {202, "application/json", to_text(Json(std::move(body))), {}};
}

// The handshake of CloudEvents webhooks (http-webhook 4): who may send, and how much a minute.
Response webhook(const Request& request) {
  Response response{200, "text/plain", "", {{"Allow", "POST, OPTIONS"}}};
  std::string_view origin = connectors::header_of(request.headers, "webhook-request-origin");
  if (!origin.empty()) {
    response.headers.emplace_back("WebHook-Allowed-Origin", origin);
    response.headers.emplace_back("WebHook-Allowed-Rate", "*");
  }
  return response;
}

void post_events(Routed routed, connectors::HttpSource& source, TimePoint now) {
  const Request& request = routed.request;
  auto events = connectors::events_of_request(request.headers, request.body, source.name(), now);
  if (!events) return routed.respond(problem_response(events.error()));
  auto done = [respond = routed.respond, caller = routed.caller](Result<std::vector<Receipt>> receipts) {
    respond(receipts ? accepted(*receipts) : problem_response(problem(receipts.error())));
  };
  auto offered = source.offer(std::move(*events), request.body.size(), std::move(done));
  if (!offered) routed.respond(problem_response(problem(offered.error()), source.retry_after()));
}

}  // namespace

Response problem_response(const Problem& problem, Nanos retry_after) {
  Response response{problem.status, std::string(connectors::kProblemType), connectors::to_text(problem), {}};
  const int64_t seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  if (problem.status == 429 || problem.status == 503)
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

std::vector<Route> events_routes(EventSources sources, const Clock& clock) {
  using access::Right;
  const auto shared = std::make_shared<const EventSources>(std::move(sources));
  const auto with_source = [shared](auto&& then) {
    return [shared, then](Routed routed) {
      const std::string& flow = routed.names[0];
      const auto found = shared->find(flow);
      if (found == shared->end() || !routed.caller.may_use(flow)) {
        return routed.respond(
            problem_response(problem(404, fmt::format("no flow '{}' takes events", flow.substr(0, kPathShownMax)))));
      }
      then(std::move(routed), *found->second);
    };
  };
  std::vector<Route> out;
  out.push_back({"GET", "/v1/health", Right::kAnyone, problem_of,
                 [](Routed routed) { routed.respond({200, "application/json", R"({"status":"ok"})", {}}); }});
  out.push_back({"POST", "/v1/events/{}", Right::kAsk, problem_of,
                 with_source([&clock](Routed routed, connectors::HttpSource& source) {
                   post_events(std::move(routed), source, clock.now());
                 }),
                 kBodyBytesMax});
  out.push_back({"OPTIONS", "/v1/events/{}", Right::kAsk, problem_of,
                 with_source([](Routed routed, connectors::HttpSource&) { routed.respond(webhook(routed.request)); })});
  return out;
}

}  // namespace fovea::http
