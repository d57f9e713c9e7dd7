#include "door/http/events_api.h"

#include <fmt/format.h>

#include "stream/connectors/cloudevents.h"
#include "stream/connectors/problem.h"

namespace fovea::http {
namespace {

using connectors::Problem;
using connectors::problem;
using connectors::Receipt;

constexpr std::string_view kEvents = "/v1/events/";
constexpr std::string_view kRetryAfterS = "1";

Response answer(const Problem& problem) {
  Response response{problem.status, std::string(connectors::kProblemType), connectors::to_text(problem), {}};
  if (problem.status == 429 || problem.status == 503) response.headers.emplace_back("Retry-After", kRetryAfterS);
  return response;
}

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

Response not_allowed(std::string_view allow) {
  Response response = answer(problem(405, fmt::format("only {} is allowed here", allow)));
  response.headers.emplace_back("Allow", allow);
  return response;
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

void post_events(const Request& request, connectors::HttpSource& source, TimePoint now, const Respond& respond) {
  auto events = connectors::events_of_request(request.headers, request.body, source.name(), now);
  if (!events) return respond(answer(events.error()));
  auto offered =
      source.offer(std::move(*events), request.body.size(), [respond](Result<std::vector<Receipt>> receipts) {
        respond(receipts ? accepted(*receipts) : answer(problem(receipts.error())));
      });
  if (!offered) respond(answer(problem(offered.error())));
}

}  // namespace

Handler events_api(EventSources sources, const Clock& clock, Handler next) {
  return [sources = std::move(sources), &clock, next = std::move(next)](Request request, Respond respond) {
    std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (path == "/v1/health") {
      if (request.method != "GET" && request.method != "HEAD") return respond(not_allowed("GET"));
      return respond({200, "application/json", R"({"status":"ok"})", {}});
    }
    if (path.starts_with(kEvents)) {
      auto found = sources.find(path.substr(kEvents.size()));
      if (found == sources.end()) {
        return respond(answer(problem(404, fmt::format("no flow '{}' takes events", path.substr(kEvents.size())))));
      }
      if (request.method == "OPTIONS") return respond(webhook(request));
      if (request.method != "POST") return respond(not_allowed("POST"));
      return post_events(request, *found->second, clock.now(), respond);
    }
    if (next) return next(std::move(request), std::move(respond));
    respond(answer(problem(404, fmt::format("nothing is at '{}'", path), "POST /v1/events/FLOW or GET /v1/health")));
  };
}

}  // namespace fovea::http
