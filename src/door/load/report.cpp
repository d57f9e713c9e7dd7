#include "door/load/report.h"

#include <fmt/format.h>

namespace fovea::load {
namespace {

constexpr std::array<std::string_view, 4> kPatternNames = {"poisson", "uniform", "bursty", "trace"};

Json percentiles(const Times& times) {
  const auto value = [&](double ms) { return times.count() == 0 ? Json(nullptr) : Json(ms); };
  return JsonObject{{"p50", value(times.percentile_ms(50))}, {"p95", value(times.percentile_ms(95))},
                    {"p99", value(times.percentile_ms(99))}, {"p999", value(times.percentile_ms(99.9))},
                    {"max", value(times.max_ms())},          {"mean", value(times.mean_ms())}};
}

double per_second(uint64_t count, int64_t ns) {
  return ns > 0 ? static_cast<double>(count) * 1e9 / static_cast<double>(ns) : 0;
}

double share(uint64_t part, uint64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string_view pattern_name(const LoadOptions& options) {
  return options.trace.empty() ? kPatternNames[static_cast<size_t>(options.pattern)] : "trace";
}

std::string line(std::string_view name, const Times& times) {
  if (times.count() == 0) return {};
  return fmt::format("\n  {:<28} p50 {:.3f} ms, p95 {:.3f}, p99 {:.3f}, p99.9 {:.3f}, at most {:.3f}", name,
                     times.percentile_ms(50), times.percentile_ms(95), times.percentile_ms(99),
                     times.percentile_ms(99.9), times.max_ms());
}

}  // namespace

Json report_json(const LoadOptions& options, const LoadReport& report) {
  const Tally& tally = report.tally;
  const uint64_t in_time = tally.admitted - tally.late;
  JsonArray failures;
  for (const auto& [kind, found] : tally.failures)
    failures.push_back(JsonObject{{"kind", kind}, {"count", found.count}, {"first", found.first}});
  return JsonObject{
      {"offered", tally.offered},
      {"admitted", tally.admitted},
      {"refused", tally.refused},
      {"failed", tally.failed},
      {"goodput", per_second(in_time, tally.arrivals_ns)},
      {"latency_ms", percentiles(tally.latency)},
      {"late", tally.late},
      {"unfinished", tally.unfinished},
      {"goodput_share", share(in_time, tally.offered)},
      {"objective_ms", static_cast<double>(options.objective_ns) * 1e-6},
      {"rates", JsonObject{{"wanted", report.wanted_rate},
                           {"offered", per_second(tally.offered, tally.arrivals_ns)},
                           {"admitted", per_second(tally.admitted, std::max(tally.last_ns, tally.arrivals_ns))}}},
      {"service_ms", percentiles(tally.service)},
      {"refusal_ms", percentiles(tally.refusal)},
      {"refusal_service_ms", percentiles(tally.refusal_service)},
      {"lag_ms", percentiles(tally.lag)},
      {"failures", std::move(failures)},
      {"checked", tally.checked},
      {"tokens", tally.tokens},
      {"duration_s", static_cast<double>(tally.arrivals_ns) * 1e-9},
      {"connections", tally.connections},
      {"waited_for_connection", tally.waited},
      {"cpu_us_per_request", tally.offered == 0 ? 0 : tally.cpu_s * 1e6 / static_cast<double>(tally.offered)},
      {"arrivals", pattern_name(options)},
      {"protocol", kProtocolNames[static_cast<size_t>(options.form.protocol)]},
      {"seed", options.seed},
      {"interrupted", report.interrupted}};
}

std::string report_table(const LoadOptions& options, const LoadReport& report) {
  const Tally& tally = report.tally;
  const uint64_t in_time = tally.admitted - tally.late;
  std::string table = fmt::format(
      "{} requests in {:.1f} s ({:.1f} a second, {}){}\n"
      "  within {:g} ms                {:.1f} a second, {:.2f} % of all\n"
      "  admitted                     {} ({} of them late)\n"
      "  refused                      {}\n"
      "  failed                       {}",
      tally.offered, static_cast<double>(tally.arrivals_ns) * 1e-9, per_second(tally.offered, tally.arrivals_ns),
      pattern_name(options), report.interrupted ? ", interrupted" : "",
      static_cast<double>(options.objective_ns) * 1e-6, per_second(in_time, tally.arrivals_ns),
      100 * share(in_time, tally.offered), tally.admitted, tally.late, tally.refused, tally.failed);
  for (const auto& [kind, found] : tally.failures)
    table += fmt::format("\n    {} x {}: {}", found.count, kind, found.first);
  if (tally.unfinished > 0) table += fmt::format("\n  unfinished                   {}", tally.unfinished);
  table += line("latency, from when due", tally.latency);
  table += line("from when sent", tally.service);
  table += line("refusals, from when due", tally.refusal);
  table += line("refusals, from when sent", tally.refusal_service);
  table += line("the sender's own lag", tally.lag);
  if (tally.tokens > 0)
    table += fmt::format("\n  tokens a second              {:.0f}", per_second(tally.tokens, tally.arrivals_ns));
  return table +
         fmt::format(
             "\n  connections                  {} ({} requests waited for one)\n  answers checked              {}\n"
             "  processor, of the sender     {:.1f} us a request",
             tally.connections, tally.waited, tally.checked,
             tally.offered == 0 ? 0 : tally.cpu_s * 1e6 / static_cast<double>(tally.offered));
}

}  // namespace fovea::load
