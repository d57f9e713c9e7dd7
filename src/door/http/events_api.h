// POST /v1/events/FLOW and GET /v1/health: events come in, and are answered 202 when they are durable.
// Answers: 202 {"ids":[...],"duplicates":N}; 400, 404, 405, 413, 415 as problem+json; 429 with Retry-After when the
// queue is full; 503 with Retry-After when the flow stops before the events are durable; 504 past kAnswerWithin.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "door/http/server.h"
#include "stream/connectors/http_source.h"

namespace fovea::http {

// Flow name → its source. Borrows them and `clock`; they must outlive the server that runs the handler.
using EventSources = std::map<std::string, connectors::HttpSource*, std::less<>>;

// Requests to anything else go to `next` where there is one, else are answered 404.
Handler events_api(EventSources sources, const Clock& clock, Handler next = {});

}  // namespace fovea::http
