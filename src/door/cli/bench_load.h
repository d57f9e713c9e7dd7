// `fovea bench load --url URL --model NAME --rate R|--trace FILE --duration T --objective MS`: load that waits for no
// answer (an open loop), and what a server makes of it.
// With --json one object on standard output: {"offered","admitted","refused","failed","goodput","latency_ms":{"p50",
// "p95","p99","p999"},...} (door/load/report.h); else a table for people. SIGINT ends it with the figures so far.
// Errors: those of run_load. Exit: 0 where anything was answered, else 1.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "door/load/load.h"

namespace CLI {
class App;
}

namespace fovea::cli {

// As given on the command line.
struct BenchLoadOptions {
  load::LoadOptions load;
  std::string protocol = "v2", arrivals = "poisson";
  std::string duration;  // "60s", "2m", or seconds; empty: as long as the trace
  double objective_ms = 0;
  double timeout_ms = 0;
  std::string give_up = "30s";
  std::string token_env;  // the environment variable that holds the bearer token
  bool json = false;
};

Result<load::LoadOptions> load_options(const BenchLoadOptions& options);

void add_bench_load(CLI::App& bench, std::function<int()>& chosen);

}  // namespace fovea::cli
