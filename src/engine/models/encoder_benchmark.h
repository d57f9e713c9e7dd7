// Runs one encoder over messages of given lengths and says how fast it is, how late a message alone is, and whether its
// bits depend on company: alone, in groups and on several threads they must be the same.
// Order: the longest message warms up; each message alone in the order of arrival (first hits); rounds over all
// messages in groups, as TextEncoder makes them, on `threads`; each message alone again, twice (latencies); groups on
// one more thread (bits).
// Rate: messages a second of CPU time (of the process, all threads), so that it is a rate for one core; the best round.
// Threads: from one; starts and ends its own.
// Errors: those of EncoderModel::run; kInternal where an answer differs in one bit, naming the message.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/models/encoder_bench_load.h"
#include "engine/models/encoder_model.h"

namespace fovea::models {

struct EncoderBenchmarkOptions {
  int threads = 1;  // 0: processors()
  int rounds = 5;
  bool rate_only = false;  // one round to warm up, then the rounds: latencies and first hits stay 0
};

struct EncoderBenchmark {
  size_t messages = 0, tokens = 0;
  std::string isa;
  int threads = 0;
  double messages_per_s = 0, tokens_per_s = 0;  // of CPU time, best round
  double messages_per_s_wall = 0;               // of the clock, best round
  double spread = 0;                            // how far the worst round's rate lies under the best one's, a share
  double p50_ms = 0, p95_ms = 0, p99_ms = 0;    // a message alone, wall time; of each message the better of two runs
  double first_hit_ms_max = 0;                  // wall time of the first message of a length, the largest
  double first_hit_ratio_max = 0;               // its CPU time to the median of later ones of its length, the largest
  double rss_mib = 0;                           // of the process, after the last round, the model still loaded
  std::string hash;                             // SHA-256 of all answers' bits, message by message
  std::vector<float> answers;                   // [messages, width]; [tokens, width] of a model that labels tokens
};

// REQUIRES: a load with messages, no message longer than the model takes.
Result<EncoderBenchmark> benchmark_encoder(const EncoderModel& model, const BenchLoad& load,
                                           const EncoderBenchmarkOptions& options);

// The same for a model's folder, a precision ("fp32", "bf16", "int8"; whether it may be served is not asked) and a file
// of token counts.
// Errors: also those of parse_precision, EncoderModel::create and read_lengths.
Result<EncoderBenchmark> benchmark_folder(const std::string& folder, const std::string& precision,
                                          const std::string& lengths, const EncoderBenchmarkOptions& options);

}  // namespace fovea::models
