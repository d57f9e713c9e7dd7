#include "door/load/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>

#include "door/load/report.h"
#include "door/load/scripted_server_test.h"

namespace fovea::load {
namespace {

using std::chrono::milliseconds;
constexpr int64_t kMs = 1'000'000;

LoadOptions at_rate(const ScriptedServer& server, double rate, int64_t ms) {
  LoadOptions options;
  options.url = server.url();
  options.form.model = "m";
  options.rate = rate;
  options.duration_ns = ms * kMs;
  options.objective_ns = 50 * kMs;
  options.give_up_ns = 10'000 * kMs;
  return options;
}

Tally run(const LoadOptions& options) {
  auto report = run_load(options);
  EXPECT_TRUE(report.has_value()) << report.error().text();
  return report ? report->tally : Tally{};
}

TEST(Load, EveryRequestIsSentAndCounted) {
  ScriptedServer server([](size_t, const auto&) { return Scripted{}; });
  LoadOptions options = at_rate(server, 500, 1000);
  options.pattern = Pattern::kUniform;
  const Tally tally = run(options);
  EXPECT_EQ(tally.offered, 500u);
  EXPECT_EQ(tally.admitted, 500u);
  EXPECT_EQ(tally.refused + tally.failed + tally.unfinished, 0u);
  EXPECT_EQ(server.requests(), 501u);  // one asks whether it answers
  EXPECT_EQ(tally.latency.count(), 500u);
  EXPECT_GE(tally.checked, 256u);
  EXPECT_LT(tally.checked, 300u);
  EXPECT_LE(tally.connections, 200u);
  EXPECT_EQ(tally.waited, 0u);
  EXPECT_GT(tally.cpu_s, 0);
  EXPECT_EQ(tally.arrivals_ns, 1000 * kMs);
}

TEST(Load, ThreadsShareTheArrivals) {
  ScriptedServer server([](size_t, const auto&) { return Scripted{}; });
  LoadOptions options = at_rate(server, 1000, 500);
  const uint64_t alone = run(options).offered;
  options.threads = 3;
  const Tally together = run(options);
  EXPECT_EQ(together.offered, alone);
  EXPECT_EQ(together.admitted, alone);
}

// The server stands still for a while. Whoever waits for one answer before it sends the next would see one slow
// request; all that fell due in that time have waited, the first for all of it and the last for nearly nothing.
TEST(Load, AStalledServerShowsInAllThatWereDueMeanwhile) {
  const auto start = std::chrono::steady_clock::now() + milliseconds(300);
  ScriptedServer server([start](size_t, const auto&) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= start && now < start + milliseconds(500)) std::this_thread::sleep_until(start + milliseconds(500));
    return Scripted{};
  });
  LoadOptions options = at_rate(server, 400, 1500);
  options.pattern = Pattern::kUniform;
  const Tally tally = run(options);
  EXPECT_EQ(tally.admitted, 600u);
  EXPECT_GE(tally.late, 170u);  // 200 fell due, those of the last 50 ms are in time
  EXPECT_GE(tally.latency.max_ms(), 480);
  EXPECT_GE(tally.latency.percentile_ms(85), 200);
  EXPECT_LE(tally.latency.percentile_ms(50), 50);
}

TEST(Load, ADueRequestWaitsForNoAnswer) {
  ScriptedServer server([](size_t, const auto&) { return Scripted{.delay = milliseconds(200)}; });
  LoadOptions options = at_rate(server, 200, 500);
  options.pattern = Pattern::kUniform;
  const Tally open = run(options);  // 40 at a time
  EXPECT_EQ(open.admitted, 100u);
  EXPECT_EQ(open.late, 100u);
  EXPECT_GE(open.latency.percentile_ms(1), 195);
  EXPECT_LE(open.latency.percentile_ms(90), 300);
  EXPECT_GE(server.connections(), 35u);
  options.connections = 20;  // half of what it takes: the wait for a connection counts
  const Tally few = run(options);
  EXPECT_EQ(few.admitted, 100u);
  EXPECT_GE(few.latency.max_ms(), 600);
  EXPECT_GE(few.waited, 50u);
  EXPECT_LE(few.service.percentile_ms(90), 300);
}

TEST(Load, ConnectionsOfAPoolAreThereBeforeTheFirstRequest) {
  ScriptedServer server([](size_t, const auto&) { return Scripted{}; });
  LoadOptions options = at_rate(server, 100, 200);
  options.threads = 3;
  options.open = 31;
  const Tally tally = run(options);
  EXPECT_EQ(tally.admitted, tally.offered);
  EXPECT_EQ(tally.connections, 31u) << "and no more: they take one after another";
  EXPECT_EQ(server.connections(), 33u) << "one looked whether it is there, one asked whether it answers";
}

TEST(Load, AnswersAreToldApart) {
  ScriptedServer server([](size_t number, const auto&) -> Scripted {
    if (number == 0) return {};
    switch (number % 9) {
      case 8:
        return {.status = 503, .body = "Request dropped due to backpressure (num_queued_requests=9)"};
      case 1:
        return {.status = 429, .body = "{}"};
      case 2:
        return {.status = 503, .body = "{}", .headers = {{"Retry-After", "1"}}};
      case 3:
        return {.status = 503, .body = R"({"error":"down"})"};
      case 4:
        return {.status = 503, .body = R"({"error":"Exceeds maximum queue size"})"};
      case 5:
        return {.status = 200, .body = R"({"outputs":[]})"};
      case 6:
        return {.close = true};
      case 7:
        return {.last = true};
      default:
        return {};
    }
  });
  LoadOptions options = at_rate(server, 450, 500);
  options.pattern = Pattern::kUniform;
  const Tally tally = run(options);
  EXPECT_EQ(tally.offered, 225u);
  EXPECT_EQ(tally.admitted, 50u);
  EXPECT_EQ(tally.refused, 100u);
  EXPECT_EQ(tally.failed, 75u);
  EXPECT_EQ(tally.failures.at("status 503").count, 25u);
  EXPECT_EQ(tally.failures.at("status 503").first, R"({"error":"down"})");
  EXPECT_EQ(tally.failures.at("wrong answer").first, "a wrong answer: no outputs");
  EXPECT_EQ(tally.failures.at("connection lost").count, 25u);
  EXPECT_EQ(tally.refusal.count(), 100u);
}

TEST(Load, WhatIsNeverAnsweredFails) {
  ScriptedServer server([](size_t number, const auto&) { return Scripted{.silent = number > 0 && number % 2 == 0}; });
  LoadOptions options = at_rate(server, 40, 500);
  options.pattern = Pattern::kUniform;
  options.connections = 4;
  options.give_up_ns = 300 * kMs;
  const Tally tally = run(options);
  EXPECT_EQ(tally.offered, 20u);
  EXPECT_EQ(tally.admitted + tally.failed, 20u);
  EXPECT_GE(tally.failed, 8u);
  EXPECT_EQ(tally.failures.at("gave up").count, tally.failed);
}

TEST(Load, TheWatchEndsItWithTheFiguresSoFar) {
  ScriptedServer server([](size_t, const auto&) { return Scripted{}; });
  LoadOptions options = at_rate(server, 200, 3'600'000);
  const auto start = std::chrono::steady_clock::now();
  double fraction = 1;
  const auto report = run_load(options, [&](const LoadProgress& progress) {
    fraction = progress.fraction;
    return std::chrono::steady_clock::now() - start < milliseconds(500);
  });
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->interrupted);
  EXPECT_LT(fraction, 0.01);
  EXPECT_GT(report->tally.admitted, 40u);
  EXPECT_LT(report->tally.arrivals_ns, 2'000 * kMs);
  const Json json = report_json(options, *report);
  EXPECT_EQ(member(json, "interrupted"), true);
  EXPECT_NEAR(number_or(member(json, "goodput"), 0), 200, 80);
}

TEST(Load, EventsHaveIdsOfTheirOwn) {
  ScriptedServer server([](size_t, const auto&) { return Scripted{.status = 202, .body = R"({"ids":["1"]})"}; });
  LoadOptions options = at_rate(server, 100, 200);
  options.form.protocol = Protocol::kEvents;
  options.pattern = Pattern::kUniform;
  EXPECT_EQ(run(options).admitted, 20u);
  EXPECT_EQ(server.requests(), 20u);  // none beside those that count
  std::set<std::string> ids;
  for (const std::string& text : server.seen()) {
    const size_t at = text.find("ce-id: ");
    ASSERT_NE(at, std::string::npos) << text;
    ids.insert(text.substr(at, text.find('\n', at) - at));
  }
  EXPECT_EQ(ids.size(), 20u);
}

TEST(Load, ATraceIsPlayedWithItsLengths) {
  ScriptedServer server([](size_t, const auto&) { return Scripted{}; });
  const std::string path = testing::TempDir() + "fovea_load_trace_" + std::to_string(::getpid());
  std::ofstream(path) << "timestamp,tokens\n0,100\n1,300\n2,200\n";
  LoadOptions options = at_rate(server, 0, 60'000);
  options.trace = path;
  options.speed = 10;
  options.length_mean = 20;
  options.length_max = 25;
  const Tally tally = run(options);
  std::remove(path.c_str());
  EXPECT_EQ(tally.admitted, 3u);
  EXPECT_EQ(tally.arrivals_ns, 200 * kMs);  // it ends with the trace
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 4u);
  const auto words = [&](size_t i) { return std::ranges::count(seen[i].substr(seen[i].find("\n\n")), ' ') + 1; };
  EXPECT_EQ(words(1), 8);
  EXPECT_EQ(words(2), 23);
  EXPECT_EQ(words(3), 18);
}

TEST(Load, ErrorsAreTold) {
  LoadOptions gone;
  {
    ScriptedServer server(
        [](size_t, const auto&) { return Scripted{.status = 404, .body = R"({"error":"no such model"})"}; });
    gone = at_rate(server, 10, 100);
    const auto refused = run_load(gone);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
    EXPECT_NE(refused.error().message.find("status 404: {\"error\":\"no such model\"}"), std::string::npos)
        << refused.error().text();
    EXPECT_NE(refused.error().hint.find("name"), std::string::npos);
  }
  EXPECT_EQ(run_load(gone).error().code, Code::kUnavailable);
  const auto where = [&](auto change) {
    LoadOptions options = gone;
    change(options);
    const auto report = run_load(options);
    return report ? std::string("no error") : report.error().where;
  };
  EXPECT_EQ(where([](LoadOptions& o) { o.rate = 0; }), "--rate");
  EXPECT_EQ(where([](LoadOptions& o) { o.rate = 2e6; }), "--rate");
  EXPECT_EQ(where([](LoadOptions& o) { o.duration_ns = 0; }), "--duration");
  EXPECT_EQ(where([](LoadOptions& o) { o.speed = 2; }), "--speed");
  EXPECT_EQ(where([](LoadOptions& o) { o.connections = 0; }), "--connections");
  EXPECT_EQ(where([](LoadOptions& o) { o.threads = 200; }), "--threads");
  EXPECT_EQ(where([](LoadOptions& o) { o.open = -1; }), "--open");
  EXPECT_EQ(where([](LoadOptions& o) { o.open = o.connections + 1; }), "--open");
  const auto over_grpc = [](LoadOptions& o) {
    o.open = 1;
    o.form.protocol = Protocol::kV2Grpc;
  };
  EXPECT_EQ(where(over_grpc), "--open");
  EXPECT_EQ(where([](LoadOptions& o) { o.url = "localhost"; }), "--url");
  EXPECT_EQ(where([](LoadOptions& o) { o.form.model = ""; }), "--model");
  EXPECT_EQ(where([](LoadOptions& o) { o.lengths = o.texts = "x"; }), "--lengths");
  EXPECT_EQ(where([](LoadOptions& o) { o.trace = "no/such/file"; }), "no/such/file");
}

TEST(Load, FiguresForProgramsAndPeople) {
  LoadOptions options;
  options.objective_ns = 10 * kMs;
  LoadReport report;
  report.tally.offered = 4;
  report.tally.arrivals_ns = 2'000 * kMs;
  report.tally.hear({.ticket = {0, 0}, .sent_ns = 0, .done_ns = 5 * kMs, .verdict = Verdict::kAdmitted}, 10 * kMs);
  report.tally.hear({.ticket = {1, 0}, .sent_ns = 0, .done_ns = 50 * kMs, .verdict = Verdict::kAdmitted}, 10 * kMs);
  report.tally.hear({.ticket = {2, 0}, .sent_ns = 0, .done_ns = kMs, .verdict = Verdict::kRefused}, 10 * kMs);
  report.tally.hear({.ticket = {3, 0}, .done_ns = kMs, .kind = "status 500", .text = "oh"}, 10 * kMs);
  const Json json = report_json(options, report);
  EXPECT_TRUE(to_text(json).starts_with(
      R"({"offered":4,"admitted":2,"refused":1,"failed":1,"goodput":0.5,"latency_ms":{"p50":)"))
      << to_text(json);
  EXPECT_EQ(number_or(member(json, "goodput_share"), 0), 0.25);
  for (const char* name : {"p50", "p95", "p99", "p999"}) EXPECT_TRUE(member(json, "latency_ms").at(name).is_double());
  EXPECT_EQ(to_text(member(json, "failures")), R"([{"kind":"status 500","count":1,"first":"oh"}])");
  EXPECT_TRUE(member(report_json(options, {}), "latency_ms").at("p50").is_null());
  const std::string table = report_table(options, report);
  for (const char* part : {"4 requests in 2.0 s", "within 10 ms", "2 (1 of them late)", "1 x status 500: oh"})
    EXPECT_NE(table.find(part), std::string::npos) << table;
}

}  // namespace
}  // namespace fovea::load
