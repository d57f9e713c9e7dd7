#include "door/load/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "door/load/limits.h"
#include "door/load/sender.h"
#include "door/load/texts.h"

namespace fovea::load {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(20);

std::unexpected<Error> bad(std::string flag, std::string message, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::move(flag), std::move(hint));
}

Result<void> check(const LoadOptions& options) {
  if (!(options.rate >= 0 && options.rate <= kRateMax) || (options.rate == 0 && options.trace.empty()))
    return bad("--rate", fmt::format("{} requests a second", options.rate),
               fmt::format("above 0, at most {:.0f}; or --trace FILE", kRateMax));
  if (!(options.speed >= 0 && options.speed <= 1e6)) return bad("--speed", "above 0, at most 1000000");
  if (options.speed > 0 && options.trace.empty()) return bad("--speed", "only a trace has a speed", "--rate");
  if (options.speed > 0 && options.rate > 0) return bad("--speed", "--rate says it already", "one of the two");
  if (options.duration_ns < 0 || options.duration_ns > std::chrono::nanoseconds(kDurationMax).count())
    return bad("--duration", "above 0, at most 24 h");
  if (options.duration_ns == 0 && options.trace.empty()) return bad("--duration", "how long?", "60s, or --trace FILE");
  if (options.objective_ns <= 0) return bad("--objective", "above 0 milliseconds");
  if (options.give_up_ns <= 0) return bad("--give-up", "above 0");
  if (options.connections < 1 || options.connections > kConnectionsMax)
    return bad("--connections", fmt::format("from 1 to {}", kConnectionsMax));
  if (options.open < 0 || options.open > options.connections)
    return bad("--open", "no fewer than 0, and no more than connections");
  if (options.open > 0 && options.form.protocol == Protocol::kV2Grpc)
    return bad("--open", "over gRPC a few connections carry all calls", "leave it out");
  if (options.threads < 1 || options.threads > kThreadsMax || options.threads > options.connections)
    return bad("--threads", fmt::format("from 1 to {}, and no more than connections", kThreadsMax));
  if (!options.lengths.empty() && !options.texts.empty()) return bad("--lengths", "--texts has lengths of its own");
  if (options.tokens < 1 || options.tokens > kTokensMax || options.length_max < 1 || options.length_max > kTokensMax)
    return bad("--tokens", fmt::format("from 1 to {}", kTokensMax));
  if (!(options.length_mean >= 0 && options.length_mean <= kTokensMax))
    return bad("--length-mean", fmt::format("from 1 to {}", kTokensMax));
  return {};
}

std::vector<uint32_t> fitted(std::vector<uint32_t> lengths, const LoadOptions& options) {
  double sum = 0;
  for (const uint32_t length : lengths) sum += length;
  const double scale = options.length_mean > 0 ? options.length_mean * static_cast<double>(lengths.size()) / sum : 1;
  for (uint32_t& length : lengths)
    length = static_cast<uint32_t>(std::clamp<double>(std::round(length * scale), 1, options.length_max));
  return lengths;
}

Result<std::vector<std::string>> texts_of(const LoadOptions& options, const Trace* trace) {
  if (!options.texts.empty()) return read_texts(options.texts);
  std::vector<uint32_t> lengths;
  if (!options.lengths.empty()) {
    FOVEA_TRY(lengths, read_lengths(options.lengths));
    lengths = fitted(std::move(lengths), options);
  } else if (trace != nullptr && trace->has_lengths) {
    for (const TraceRow& row : trace->rows) lengths.push_back(row.tokens);
    lengths = fitted(std::move(lengths), options);
    lengths.resize(std::min(lengths.size(), kPayloadsMax));
  } else {
    lengths.assign(256, options.tokens);
  }
  Random random(options.seed);
  std::vector<std::string> texts;
  texts.reserve(lengths.size());
  for (const uint32_t length : lengths) texts.push_back(made_text(length, random));
  return texts;
}

Result<ArrivalPlan> plan_of(const LoadOptions& options) {
  ArrivalPlan plan{.pattern = options.pattern, .rate = options.rate, .seed = options.seed};
  if (options.duration_ns > 0) plan.duration_ns = options.duration_ns;
  if (options.trace.empty()) return plan;
  FOVEA_TRY(Trace trace, read_trace(options.trace));
  if (options.rate > 0 && trace.rate() == 0)
    return bad("--rate", "the trace has no rate of its own to change: its requests came at once", "leave it out");
  if (options.speed > 0) plan.speed = options.speed;
  if (options.rate > 0) plan.speed = options.rate / trace.rate();
  plan.pattern = Pattern::kTrace;
  plan.rate = trace.rate() * plan.speed;
  plan.trace = std::make_shared<const Trace>(std::move(trace));
  return plan;
}

struct Run {
  SenderPlan plan;
  std::vector<Payload> payloads;
};

Result<Run> prepare(const LoadOptions& options) {
  FOVEA_OK(check(options));
  Run run;
  FOVEA_TRY(run.plan.link.target, parse_target(options.url));
  FOVEA_TRY(run.plan.arrivals, plan_of(options));
  FOVEA_TRY(const std::vector<std::string> texts, texts_of(options, run.plan.arrivals.trace.get()));
  FOVEA_TRY(run.payloads, make_payloads(options.form, run.plan.link.target, texts));
  FOVEA_TRY(run.plan.link.address, reach(run.plan.link.target));
  run.plan.link.ca = options.ca;
  run.plan.link.connections = options.connections;
  run.plan.link.protocol = options.form.protocol;
  run.plan.link.binary = options.form.binary;
  run.plan.link.timeout = options.form.timeout;
  run.plan.link.token = options.form.token;
  run.plan.objective_ns = options.objective_ns;
  run.plan.give_up_ns = options.give_up_ns;
  run.plan.span_ns = options.duration_ns;
  if (const Trace* trace = run.plan.arrivals.trace.get()) {
    const double whole = trace->span_s() / run.plan.arrivals.speed;
    const auto whole_ns = static_cast<int64_t>(std::min(whole * 1e9, 9e18));
    run.plan.span_ns = options.duration_ns == 0 ? whole_ns : std::min(options.duration_ns, whole_ns);
  }
  return run;
}

Result<Tally> send_all(const Run& run, const LoadOptions& options, const LoadWatch& watch, bool& interrupted) {
  const auto count = static_cast<size_t>(options.threads);
  std::atomic<bool> stop{false};
  std::atomic<size_t> done{0};
  std::vector<Live> live(count);
  std::vector<Result<Tally>> tallies(count);
  std::vector<SenderPlan> plans(count, run.plan);
  std::vector<std::thread> threads;
  Start start(count);
  const auto part = [count](int all, size_t i) {
    const auto whole = static_cast<size_t>(all);
    return static_cast<int>(whole / count + (i < whole % count ? 1 : 0));
  };
  for (size_t i = 0; i < count; ++i) {
    plans[i].index = i;
    plans[i].threads = count;
    plans[i].link.connections = part(options.connections, i);
    plans[i].link.open = part(options.open, i);
    threads.emplace_back([&, i] {
      tallies[i] = run_sender(plans[i], run.payloads, start, stop, live[i]);
      done.fetch_add(1);
    });
  }
  while (done.load() < count) {
    std::this_thread::sleep_for(kLookEvery);
    LoadProgress progress;
    for (const Live& each : live) {
      progress.offered += each.offered;
      progress.admitted += each.admitted;
      progress.refused += each.refused;
      progress.failed += each.failed;
      progress.fraction = std::max(progress.fraction, static_cast<double>(each.at_ns) /
                                                          static_cast<double>(std::max<int64_t>(run.plan.span_ns, 1)));
    }
    progress.fraction = std::clamp(progress.fraction, 0.0, 1.0);
    if (watch && !interrupted && !watch(progress)) stop = interrupted = true;
  }
  for (std::thread& thread : threads) thread.join();
  Tally sum;
  for (auto& tally : tallies) {
    if (!tally) return std::unexpected(tally.error());
    sum.add(*tally);
  }
  return sum;
}

std::string_view way_out(std::string_view kind, bool tls) {
  if (kind == "status 401" || kind == "status 403") return "--token-env names the variable that holds the token";
  if (kind == "no connection" && tls) return "--ca names the authority that the server's certificate comes from";
  if (kind == "connection lost") return "is it https?";
  if (kind == "gave up") return "--give-up waits longer";
  return "are the model's name, its input and the protocol right?";
}

// One request before the run: a wrong name or token is told at once. Events are not sent beside those that count.
Result<void> ask_once(const Run& run, const LoadOptions& options) {
  if (options.form.protocol == Protocol::kFlow || options.form.protocol == Protocol::kEvents) return {};
  Run one = run;
  one.plan.arrivals = {.pattern = Pattern::kUniform, .rate = 1, .count_max = 1};
  one.plan.span_ns = 1;
  LoadOptions alone = options;
  alone.threads = alone.connections = 1;
  alone.open = 0;
  bool interrupted = false;
  FOVEA_TRY(const Tally tally, send_all(one, alone, {}, interrupted));
  if (tally.failed == 0) return {};
  const auto& [kind, found] = *tally.failures.begin();
  return fail(Code::kFailedPrecondition, fmt::format("the first request fails: {}: {}", kind, found.first), options.url,
              std::string(way_out(kind, run.plan.link.target.tls)));
}

}  // namespace

Result<LoadReport> run_load(const LoadOptions& options, const LoadWatch& watch) {
  FOVEA_TRY(const Run run, prepare(options));
  FOVEA_OK(ask_once(run, options));
  LoadReport report;
  report.wanted_rate = run.plan.arrivals.rate;
  FOVEA_TRY(report.tally, send_all(run, options, watch, report.interrupted));
  return report;
}

}  // namespace fovea::load
