#include "door/cli/bench_load.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "base/progress.h"
#include "base/suggest.h"
#include "base/time_text.h"
#include "door/cli/output.h"
#include "door/load/report.h"

namespace fovea::cli {
namespace {

constexpr std::array<std::string_view, 3> kArrivals = {"poisson", "uniform", "bursty"};  // in the order of Pattern
constexpr int64_t kProgressFrom = 2'000'000'000;                                         // ns; a shorter run needs none
constexpr double kObjectiveMax_ms = 3.6e6;

volatile std::sig_atomic_t interrupted = 0;

std::unexpected<Error> bad(std::string flag, std::string message, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::move(flag), std::move(hint));
}

template <size_t N>
Result<size_t> index_of(const std::string& flag, std::string_view given, const std::array<std::string_view, N>& names) {
  const auto found = std::ranges::find(names, given);
  if (found == names.end()) return bad(flag, fmt::format("'{}' is not known", given), suggest(given, names));
  return static_cast<size_t>(found - names.begin());
}

// "60s", or a bare number of seconds.
Result<int64_t> nanos_of(const std::string& flag, const std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size()) {
    if (!(seconds > 0 && seconds <= 1e6)) return bad(flag, fmt::format("'{}' seconds", text), "above 0");
    return static_cast<int64_t>(seconds * 1e9);
  }
  const auto duration = parse_duration(text);
  if (!duration || duration->count() <= 0)
    return bad(flag, fmt::format("'{}' is no duration", text), "60s, 2m or a number of seconds");
  return duration->count();
}

void say_progress(Progress& progress, const load::LoadProgress& now) {
  progress.update(now.fraction, fmt::format("{} offered, {} admitted, {} refused, {} failed", now.offered, now.admitted,
                                            now.refused, now.failed));
}

int run_bench_load(const BenchLoadOptions& given) {
  const auto options = load_options(given);
  if (!options) return report(options.error(), given.json);
  const bool shown = options->duration_ns == 0 || options->duration_ns > kProgressFrom;
  SystemClock clock;
  Progress progress("load", clock);
  interrupted = 0;
  const auto before = std::signal(SIGINT, [](int) { interrupted = 1; });
  const auto found = load::run_load(*options, [&](const load::LoadProgress& now) {
    if (shown) say_progress(progress, now);
    return interrupted == 0;
  });
  std::signal(SIGINT, before);
  if (!found) return report(found.error(), given.json);
  if (shown) progress.done("");
  if (given.json) {
    answer(load::report_json(*options, *found));
  } else {
    say(load::report_table(*options, *found));
  }
  return found->tally.admitted + found->tally.refused > 0 ? kDone : kFailed;
}

void add_plan_options(CLI::App& app, BenchLoadOptions& options) {
  load::LoadOptions& load = options.load;
  app.add_option("--rate", load.rate, "Requests a second; of a trace: speeds it up or slows it down to this");
  app.add_option("--arrivals", options.arrivals, "poisson, uniform or bursty")->capture_default_str();
  app.add_option("--trace", load.trace, "A CSV file with a column 'timestamp', and one 'tokens' perhaps: as recorded");
  app.add_option("--speed", load.speed, "How many times as fast as the trace was recorded");
  app.add_option("--duration", options.duration, "How long requests fall due: 60s, 2m or seconds (default: the trace)");
  app.add_option("--objective", options.objective_ms, "Milliseconds within which an answer is worth something")
      ->required();
  app.add_option("--lengths", load.lengths, "A file with the texts' token counts, one a line");
  app.add_option("--texts", load.texts, "A file with the texts themselves, one a line");
  app.add_option("--tokens", load.tokens, "Tokens of each text where nothing else says it")->capture_default_str();
  app.add_option("--length-mean", load.length_mean, "Rescales the lengths of the file or the trace to this mean");
  app.add_option("--length-max", load.length_max, "Cuts the lengths of the file or the trace to this many tokens")
      ->capture_default_str();
  app.add_option("--seed", load.seed, "The same seed gives the same requests at the same times")->capture_default_str();
}

void add_wire_options(CLI::App& app, BenchLoadOptions& options) {
  load::LoadOptions& load = options.load;
  app.add_option("--url", load.url, "http://HOST:PORT, or https")->required();
  app.add_option("--model", load.form.model, "The model's name; of a flow: the flow's")->required();
  app.add_option(
         "--protocol", options.protocol,
         "v2 (KServe), v2-grpc, openai (/v1/embeddings), tei (/embed), flow (/v1/decide) or events (/v1/events)")
      ->capture_default_str();
  app.add_flag("--binary", load.form.binary, "v2: binary tensors; v2-grpc: raw contents; openai: base64");
  app.add_flag("--batched", load.form.batched, "v2, v2-grpc: the tensor is [1, 1], as of models that Triton batches");
  app.add_option("--input", load.form.input, "The name of the tensor, or of an event's field")->capture_default_str();
  app.add_option("--timeout-ms", options.timeout_ms,
                 "Told to the server as x-request-timeout-ms; of gRPC: the deadline");
  app.add_option("--connections", load.connections, "At most; what finds none free waits, and that counts")
      ->capture_default_str();
  app.add_option("--open", load.open, "Connections that are open before the first request, as of a pool")
      ->capture_default_str();
  app.add_option("--threads", load.threads, "Threads that send")->capture_default_str();
  app.add_option("--give-up", options.give_up, "How long after it was due a request without an answer has failed")
      ->capture_default_str();
  app.add_option("--token-env", options.token_env, "Environment variable that holds the bearer token to send");
  app.add_option("--ca", load.ca, "PEM file of the authorities that an https server is checked against");
}

}  // namespace

Result<load::LoadOptions> load_options(const BenchLoadOptions& options) {
  load::LoadOptions load = options.load;
  FOVEA_TRY(const size_t protocol, index_of("--protocol", options.protocol, load::kProtocolNames));
  load.form.protocol = static_cast<load::Protocol>(protocol);
  FOVEA_TRY(const size_t pattern, index_of("--arrivals", options.arrivals, kArrivals));
  load.pattern = static_cast<load::Pattern>(pattern);
  if (!options.duration.empty()) {
    FOVEA_TRY(load.duration_ns, nanos_of("--duration", options.duration));
  }
  FOVEA_TRY(load.give_up_ns, nanos_of("--give-up", options.give_up));
  if (!(options.objective_ms > 0 && options.objective_ms <= kObjectiveMax_ms))
    return bad("--objective", fmt::format("{} milliseconds", options.objective_ms), "above 0, at most an hour");
  load.objective_ns = static_cast<int64_t>(options.objective_ms * 1e6);
  if (!(options.timeout_ms >= 0 && options.timeout_ms <= kObjectiveMax_ms))
    return bad("--timeout-ms", fmt::format("{} milliseconds", options.timeout_ms), "above 0, at most an hour");
  load.form.timeout = std::chrono::milliseconds(std::llround(options.timeout_ms));
  load.form.seed = load.seed;
  const bool has_binary = load.form.protocol == load::Protocol::kV2 || load.form.protocol == load::Protocol::kOpenAi ||
                          load.form.protocol == load::Protocol::kV2Grpc;
  if (load.form.binary && !has_binary)
    return bad("--binary", fmt::format("{} has no binary form", options.protocol), "v2, v2-grpc and openai do");
  if (load.form.batched && load.form.protocol != load::Protocol::kV2 && load.form.protocol != load::Protocol::kV2Grpc)
    return bad("--batched", fmt::format("{} has no tensors", options.protocol), "v2 and v2-grpc do");
  if (!options.token_env.empty()) {
    const char* token = std::getenv(options.token_env.c_str());
    if (token == nullptr || *token == 0)
      return bad("--token-env", fmt::format("the environment has no {}", options.token_env));
    load.form.token = token;
  }
  return load;
}

void add_bench_load(CLI::App& bench, std::function<int()>& chosen) {
  auto options = std::make_shared<BenchLoadOptions>();
  CLI::App* load = bench.add_subcommand("load", "Send requests at a rate to a server, whatever it answers");
  add_wire_options(*load, *options);
  add_plan_options(*load, *options);
  load->add_flag("--json", options->json, "Print one JSON object as the last line of standard output");
  load->callback([options, &chosen] { chosen = [options] { return run_bench_load(*options); }; });
}

}  // namespace fovea::cli
