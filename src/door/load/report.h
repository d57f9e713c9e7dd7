// A run's figures, for programs and for people.
#pragma once

#include <string>

#include "base/json.h"
#include "door/load/load.h"

namespace fovea::load {

// {"offered","admitted","refused","failed","goodput","latency_ms":{"p50","p95","p99","p999"},...}. Counts are requests;
// goodput is requests a second that were answered within the objective; percentiles of nothing are null.
Json report_json(const LoadOptions& options, const LoadReport& report);
std::string report_table(const LoadOptions& options, const LoadReport& report);  // several lines

}  // namespace fovea::load
