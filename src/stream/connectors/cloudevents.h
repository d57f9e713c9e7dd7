// Events from one HTTP request: plain JSON (an object or an array of objects) and CloudEvents 1.0 in its three modes
// (binary, structured, batch; HTTP binding 1.0.2, JSON format 1.0.2).
// Journey: before HttpSource; pure functions.
// CloudEvents: fields = the data object's members (or `data` where it is no object), and `ce` = the context attributes;
// id = source ":" id, key = partitionkey, time = time. Plain JSON: id = the Idempotency-Key header (with ":N" in an
// array), else a fresh random one. Errors are Problems: 400 malformed, 413 too large, 415 wrong content type.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "record/event.h"
#include "stream/connectors/problem.h"

namespace fovea::connectors {

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string_view header_of(const Headers& headers, std::string_view name);  // case does not matter; "" where absent

// `source` is the name of the flow's source ("http:smoke"); `now` is when it was received.
std::expected<std::vector<record::Event>, Problem> events_of_request(const Headers& headers, std::string_view body,
                                                                     const std::string& source, TimePoint now);

// The value of a CloudEvents HTTP header (binding 3.1.3.2): quoted strings undone, then one round of percent-decoding.
Result<std::string> decode_header_value(std::string_view value);

}  // namespace fovea::connectors
