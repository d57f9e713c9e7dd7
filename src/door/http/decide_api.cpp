#include "door/http/decide_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "door/http/events_api.h"
#include "door/http/limits.h"
#include "stream/connectors/cloudevents.h"
#include "stream/connectors/problem.h"

namespace fovea::http {
namespace {

using connectors::problem;
using connectors::Receipt;

Response told(const Result<record::Verdict>& verdict) {
  if (!verdict) return problem_response(problem(verdict.error()));
  if (verdict->fate == "dead") return problem_response(problem(422, verdict->cause, verdict->hint));
  return {200, "application/json", to_text(record::to_json(*verdict)), {}};
}

// When the decision must have fallen, so that there is time to keep it and to send it; 0: the client did not say.
Result<Nanos> due(const Headers& headers, Nanos now) {
  const std::string_view text = value_of(headers, "x-request-timeout-ms");
  if (text.empty()) return Nanos(0);
  int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error != std::errc{} || end != text.data() + text.size() || ms <= 0) {
    return fail(Code::kInvalidArgument, "is no whole number of milliseconds from 1", "x-request-timeout-ms");
  }
  const Nanos patience = std::min<Nanos>(std::chrono::milliseconds(ms), kPatienceMax);
  return now + patience - std::min<Nanos>(patience / 4, kKeepMargin);
}

void decide(Routed routed, const DecidingFlow& flow, const Clock& clock) {
  const Request& request = routed.request;
  auto when = due(request.headers, clock.steady());
  if (!when) return routed.respond(problem_response(problem(when.error())));
  auto events = connectors::events_of_request(request.headers, request.body, flow.source->name(), clock.now());
  if (!events) return routed.respond(problem_response(events.error()));
  if (events->size() != 1) {
    return routed.respond(problem_response(problem(
        400, fmt::format("{} events; one is decided at once", events->size()), "POST /v1/events/FLOW takes many")));
  }
  events->front().due = *when;
  auto done = [respond = routed.respond, caller = routed.caller,
               kept = flow.kept](Result<std::vector<Receipt>> receipts) mutable {
    if (!receipts) return respond(problem_response(problem(receipts.error())));
    Receipt& receipt = receipts->front();
    if (receipt.verdict) return respond(told(*receipt.verdict));
    kept(std::move(receipt.id), [respond, caller](const Result<record::Verdict>& verdict) { respond(told(verdict)); });
  };
  auto offered = flow.source->offer(std::move(*events), request.body.size(), std::move(done), true);
  if (!offered) routed.respond(problem_response(problem(offered.error()), flow.source->retry_after()));
}

}  // namespace

std::vector<Route> decide_routes(DecidingFlows flows, const Clock& clock) {
  const auto shared = std::make_shared<const DecidingFlows>(std::move(flows));
  auto handle = [shared, &clock](Routed routed) {
    const std::string& name = routed.names[0];
    const auto found = shared->find(name);
    if (found == shared->end() || !routed.caller.may_use(name)) {
      return routed.respond(
          problem_response(problem(404, fmt::format("no flow '{}' decides here", name.substr(0, kPathShownMax)))));
    }
    decide(std::move(routed), found->second, clock);
  };
  return {{"POST", "/v1/decide/{}", access::Right::kAsk, problem_of, std::move(handle), kBodyBytesMax}};
}

}  // namespace fovea::http
