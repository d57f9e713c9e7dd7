// `fovea bench encoder --model HF_FOLDER --lengths FILE`: how fast the engine is on this machine, for messages of the
// token counts that the file lists (one a line), whose ids are made from the counts.
// With --json one object on standard output: {"messages","tokens","messages_per_s","tokens_per_s","latency_ms":{"p50",
// "p95","p99"},"first_hit_ms_max","first_hit_ratio_max","rss_mib","isa","hash",...}; else a table for people.
// Errors: those of the model's folder and of the file; kInternal where the answers' bits depend on company or threads.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace CLI {
class App;
}

namespace fovea::cli {

struct BenchEncoderOptions {
  std::string model, precision = "fp32", lengths;
  std::string answers = {};  // a file to write the answers to: raw fp32, row by row; empty: none
  int threads = 1;           // 0: as many as the process may use
  int rounds = 5;
  bool rate_only = false;
  bool json = false;
};

Result<Json> bench_encoder(const BenchEncoderOptions& options);
std::string bench_table(const Json& row);  // for people, several lines

void add_bench_commands(CLI::App& app, std::function<int()>& chosen);

}  // namespace fovea::cli
