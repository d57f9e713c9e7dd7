// POST /v1/decide/FLOW: an event comes in, and its decision goes back when it is durable.
// The event: a CloudEvent (structured or binary) or plain JSON, as for POST /v1/events, but one.
// Answers: 200 with what became of it (record/verdict.h; a duplicate: what was kept of it); 422 as problem+json where
// the event itself was at fault and is a dead letter; 400, 404, 413, 415; 429 and 503 with Retry-After.
// Deadline: x-request-timeout-ms or the flow's own, the sooner counts: the ladder steps down in time.
// Threads: any.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "door/http/route.h"
#include "record/verdict.h"
#include "stream/connectors/http_source.h"

namespace fovea::http {

struct DecidingFlow {
  connectors::HttpSource* source = nullptr;
  // What was kept of an event that came before; `done` is called once, from any thread.
  std::function<void(std::string id, std::function<void(Result<record::Verdict>)> done)> kept;
};

// Flow name → how it decides. Borrows the sources and `clock`; they must outlive the server that runs the handlers.
using DecidingFlows = std::map<std::string, DecidingFlow, std::less<>>;

std::vector<Route> decide_routes(DecidingFlows flows, const Clock& clock);

}  // namespace fovea::http
