// POST /v1/events/FLOW and GET /v1/health: events come in, and are answered 202 when they are durable.
// Answers: 202 {"ids":[...],"duplicates":N}; 400, 404, 405, 413, 415 as problem+json; 429 with Retry-After when the
// queue is full (as long as what waits takes, at the pace of late); 503 with Retry-After when the flow stops before the
// events are durable; 504 past kAnswerWithin.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "door/http/route.h"
#include "stream/connectors/http_source.h"
#include "stream/connectors/problem.h"

namespace fovea::http {

// Flow name → its source. Borrows them and `clock`; they must outlive the server that runs the handlers.
using EventSources = std::map<std::string, connectors::HttpSource*, std::less<>>;

std::vector<Route> events_routes(EventSources sources, const Clock& clock);

// An error of the intake as its client is told it: 429 and 503 say when to come again.
Response problem_response(const connectors::Problem& problem, Nanos retry_after = std::chrono::seconds(1));

}  // namespace fovea::http
