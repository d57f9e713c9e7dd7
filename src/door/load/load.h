// A whole run: reads what it needs, looks whether the server is there and answers, sends, counts.
// Errors: kInvalidArgument (a flag, a file), kNotFound (a file), kUnavailable (no server), kFailedPrecondition (the
// first request fails: what the server says), kResourceExhausted (limits.h). Threads: its own; the watch is called from
// the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"
#include "door/load/arrivals.h"
#include "door/load/payload.h"
#include "door/load/tally.h"

namespace fovea::load {

struct LoadOptions {
  std::string url;
  RequestForm form;
  Pattern pattern = Pattern::kPoisson;
  double rate = 0;             // requests a second; of a trace: rescales it; 0 there: as recorded
  std::string trace;           // a file; its arrivals take the place of the pattern
  double speed = 0;            // of a trace: times as fast; 0: as recorded, or by rate
  std::string lengths, texts;  // files; empty: a trace's lengths, else texts of `tokens`
  uint32_t tokens = 16;        // of each text where nothing else says it
  double length_mean = 0;      // rescales the lengths of a file or trace to this mean; 0: as they are
  uint32_t length_max = 510;   // and cuts them
  int64_t duration_ns = 0;     // 0: as long as the trace
  int64_t objective_ns = 0;
  int64_t give_up_ns = 0;  // a request without an answer so long after it was due has failed
  std::string ca;
  int connections = 200;
  int open = 0;  // of them, ahead of the first request; not of gRPC
  int threads = 1;
  uint64_t seed = 1;
};

struct LoadProgress {
  double fraction = 0;
  uint64_t offered = 0, admitted = 0, refused = 0, failed = 0;
};
using LoadWatch = std::function<bool(const LoadProgress&)>;  // several times a second; false stops the run

struct LoadReport {
  Tally tally;
  double wanted_rate = 0;  // requests a second, by the plan
  bool interrupted = false;
};

Result<LoadReport> run_load(const LoadOptions& options, const LoadWatch& watch = {});

}  // namespace fovea::load
