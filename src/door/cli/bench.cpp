#include "door/cli/bench.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/files.h"
#include "door/cli/bench_load.h"
#include "door/cli/output.h"
#include "engine/models/encoder_benchmark.h"

namespace fovea::cli {
namespace {

int run_bench_encoder(const BenchEncoderOptions& options) {
  const auto row = bench_encoder(options);
  if (!row) return report(row.error(), options.json);
  if (options.json) {
    answer(*row);
  } else {
    say(bench_table(*row));
  }
  return kDone;
}

Json row_of(const BenchEncoderOptions& options, const models::EncoderBenchmark& found) {
  return JsonObject{{"messages", found.messages},
                    {"tokens", found.tokens},
                    {"messages_per_s", found.messages_per_s},
                    {"tokens_per_s", found.tokens_per_s},
                    {"latency_ms", JsonObject{{"p50", found.p50_ms}, {"p95", found.p95_ms}, {"p99", found.p99_ms}}},
                    {"first_hit_ms_max", found.first_hit_ms_max},
                    {"first_hit_ratio_max", found.first_hit_ratio_max},
                    {"rss_mib", found.rss_mib},
                    {"isa", found.isa},
                    {"hash", found.hash},
                    {"precision", options.precision},
                    {"threads", found.threads},
                    {"rounds", options.rounds},
                    {"spread", found.spread},
                    {"messages_per_s_wall", found.messages_per_s_wall}};
}

}  // namespace

Result<Json> bench_encoder(const BenchEncoderOptions& options) {
  FOVEA_TRY(
      const auto found,
      models::benchmark_folder(options.model, options.precision, options.lengths,
                               {.threads = options.threads, .rounds = options.rounds, .rate_only = options.rate_only}));
  if (!options.answers.empty()) {
    RealFiles files;
    FOVEA_OK(files.write_atomic(
        options.answers, {reinterpret_cast<const char*>(found.answers.data()), found.answers.size() * sizeof(float)}));
  }
  return row_of(options, found);
}

std::string bench_table(const Json& row) {
  const auto number = [&](std::string_view name) { return number_or(member(row, name), 0); };
  std::string table = fmt::format(
      "{} messages, {} tokens, {}, {}, {} thread{}\n"
      "  messages a second and core   {:.1f} (the best of {} rounds; the worst lies {:.1f} % under it)\n"
      "  tokens a second and core     {:.0f}\n"
      "  messages a second            {:.1f} (by the clock)\n",
      number("messages"), number("tokens"), text_or(member(row, "precision"), ""), text_or(member(row, "isa"), ""),
      number("threads"), number("threads") == 1 ? "" : "s", number("messages_per_s"), number("rounds"),
      100 * number("spread"), number("tokens_per_s"), number("messages_per_s_wall"));
  const Json& latency = member(row, "latency_ms");
  const auto ms = [&](std::string_view name) { return number_or(member(latency, name), 0); };
  if (ms("p50") > 0)
    table += fmt::format(
        "  a message alone              p50 {:.3f} ms, p95 {:.3f} ms, p99 {:.3f} ms\n"
        "  first of a length            {:.3f} ms at most, at most {:.2f} times a later one\n"
        "  bits                         the same alone, in groups and on one more thread\n",
        ms("p50"), ms("p95"), ms("p99"), number("first_hit_ms_max"), number("first_hit_ratio_max"));
  return table + fmt::format("  memory                       {:.0f} MiB\n  hash of the answers          {}",
                             number("rss_mib"), text_or(member(row, "hash"), ""));
}

void add_bench_commands(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* bench = app.add_subcommand("bench", "Measure this machine, or a server");
  bench->require_subcommand(1);
  auto options = std::make_shared<BenchEncoderOptions>();
  CLI::App* encoder = bench->add_subcommand("encoder", "Rate, latency, memory and bits of one model's folder");
  encoder->add_option("--model", options->model, "A Hugging Face folder")->required();
  encoder->add_option("--lengths", options->lengths, "A file with the messages' token counts, one a line")->required();
  encoder->add_option("--precision", options->precision, "fp32, bf16 or int8")->capture_default_str();
  encoder->add_option("--threads", options->threads, "Threads (0: all processors)")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  encoder->add_option("--rounds", options->rounds, "Rounds over all messages; the best one counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  encoder->add_flag("--rate-only", options->rate_only, "Leave out latencies, first hits and the check of the bits");
  encoder->add_option("--answers", options->answers, "Write the answers to this file: raw fp32, row by row");
  encoder->add_flag("--json", options->json, "Print one JSON object as the last line of standard output");
  encoder->callback([options, &chosen] { chosen = [options] { return run_bench_encoder(*options); }; });
  add_bench_load(*bench, chosen);
}

}  // namespace fovea::cli
