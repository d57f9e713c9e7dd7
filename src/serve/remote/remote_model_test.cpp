#include "serve/remote/remote_model.h"

#include "base/json.h"
#include "serve/remote/limits.h"
#include "serve/remote/scripted_model_test.h"

namespace fovea::remote {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Count {
  std::atomic<int> asked{0};
};

TEST_F(RemoteTest, AsksAndReads) {
  ScriptedHttp server([](const ScriptedRequest&) { return v2_reply(); });
  const auto backend = open(v2_file(server.url(), "auth: { bearer: \"${FOVEA_TEST_KEY}\" }\n"));
  const auto outcome = ask(*backend, "hello");
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  EXPECT_EQ((*outcome)[0].values, (std::vector<float>{1.5F, -2}));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].target, "/v2/models/m/infer");
  EXPECT_EQ(requests[0].header("Authorization"), "Bearer sk-very-secret");
  const double timeout_ms = std::stod(requests[0].header("x-request-timeout-ms"));
  EXPECT_GT(timeout_ms, 15'000);
  EXPECT_LE(timeout_ms, 20'000);
  const auto json = parse_json(requests[0].body);
  EXPECT_GT(number_or(member(member(*json, "parameters"), "timeout"), 0), 15e6);
}

// What a service does wrong, and what becomes of it. `asked`: how often it was asked.
struct Fault {
  std::string name;
  ScriptedReply reply;
  Code code;
  int asked;
  std::string words;
};

struct RemoteFaults : RemoteTest {};

TEST_F(RemoteFaults, EveryFaultIsAClearError) {
  ScriptedHttp elsewhere([](const ScriptedRequest&) { return v2_reply(); });
  const std::string json = "Content-Type: application/json\r\n";
  ScriptedReply slow_headers = v2_reply();
  slow_headers.hang = true;
  slow_headers.cut_after = 0;
  ScriptedReply slow_body = v2_reply();
  slow_body.cut_after = 20;
  slow_body.hang = true;
  ScriptedReply reset = v2_reply();
  reset.cut_after = 20;
  ScriptedReply chunked{200, json + "Transfer-Encoding: chunked\r\nContent-Length:\r\n", "40\r\n{\"outputs\":", 15};
  const std::vector<Fault> faults = {
      {"reset mid-body", reset, Code::kUnavailable, 1, ""},
      {"slow headers", slow_headers, Code::kDeadlineExceeded, 1, ""},
      {"slow body", slow_body, Code::kDeadlineExceeded, 1, ""},
      {"truncated chunked", chunked, Code::kUnavailable, 1, ""},
      {"another content", {200, "Content-Type: text/html\r\n", "<html>log in</html>"}, Code::kDataLoss, 1, "text/html"},
      {"NaN", v2_reply("[1,NaN]"), Code::kDataLoss, 1, "no JSON"},
      {"infinite", v2_reply("[1,1e39]"), Code::kDataLoss, 1, "not finite"},
      {"texts", v2_reply("[1,\"2\"]"), Code::kDataLoss, 1, "no number"},
      {"wrong shape", v2_reply("[1,2,3]", "[1,3]"), Code::kDataLoss, 1, "[1,3]"},
      {"fewer numbers", v2_reply("[1]"), Code::kDataLoss, 1, "1 numbers"},
      {"no output", {200, json, R"({"outputs":[]})"}, Code::kDataLoss, 1, "no output 'embedding'"},
      {"429", {429, json + "retry-after-ms: 1\r\n", R"({"error":"slow down"})"}, Code::kUnavailable, 3, "slow down"},
      {"503", {503, json + "retry-after-ms: 1\r\n", "{}"}, Code::kUnavailable, 3, "503"},
      {"500", {500, json, R"({"error":{"message":"boom"}})"}, Code::kInternal, 1, "boom"},
      {"400", {400, json, R"({"error":"no such input"})"}, Code::kInvalidArgument, 1, "no such input"},
      {"413", {413, json, "{}"}, Code::kOutOfRange, 1, "413"},
      {"401", {401, json, R"({"error":"key sk-very-secret is wrong"})"}, Code::kInternal, 1, "[secret]"},
      {"404", {404, json, R"({"error":"unknown model"})"}, Code::kInternal, 1, "unknown model"},
      {"redirect", {307, "Location: " + elsewhere.url("/") + "\r\n", ""}, Code::kInternal, 1, "not followed"},
  };
  for (const Fault& fault : faults) {
    std::atomic<int> asked{0};
    ScriptedHttp server([&](const ScriptedRequest&) {
      ++asked;
      return fault.reply;
    });
    const auto backend =
        open(v2_file(server.url(), "auth: { bearer: \"${FOVEA_TEST_KEY}\" }\nretry: { backoff: 1ms }\n"));
    const Nanos begun = clock.steady();
    const auto outcome = ask(*backend, {{"hello", {}, false}}, milliseconds(400));
    ASSERT_FALSE(outcome) << fault.name;
    const Error& error = outcome.error().error;
    EXPECT_EQ(error.code, fault.code) << fault.name << ": " << error.text();
    EXPECT_NE(error.text().find(fault.words), std::string::npos) << fault.name << ": " << error.text();
    EXPECT_EQ(error.text().find("very-secret"), std::string::npos) << fault.name;
    EXPECT_EQ(asked, fault.asked) << fault.name;
    EXPECT_LT(clock.steady() - begun, seconds(5)) << fault.name;
  }
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(RemoteFaults, ARefusedConnectionIsTriedAgain) {
  std::string url;
  {
    ScriptedHttp gone([](const ScriptedRequest&) { return ScriptedReply{}; });
    url = gone.url();
  }
  const auto outcome = ask(*open(v2_file(url, "retry: { backoff: 1ms }\n")), "x");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kUnavailable);
  EXPECT_TRUE(outcome.error().retry_helps);
}

TEST_F(RemoteFaults, AReplyHasALimit) {
  ScriptedHttp server([](const ScriptedRequest&) {
    ScriptedReply reply{200, "", std::string(1 << 20, ' ')};
    reply.headers = "Content-Length: " + std::to_string(kReplyBytesMax + 1) + "\r\n";
    for (uint64_t size = reply.body.size(); size < kReplyBytesMax + 1; size *= 2) reply.body += reply.body;
    return reply;
  });
  const auto outcome = ask(*open(v2_file(server.url())), "x");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kDataLoss);
  EXPECT_NE(outcome.error().error.message.find("larger"), std::string::npos);
}

TEST_F(RemoteTest, WhatWasShedIsRepeatedAsLateAsItIsTold) {
  std::atomic<int> asked{0};
  ScriptedHttp server([&](const ScriptedRequest&) {
    return ++asked < 3 ? ScriptedReply{503, "retry-after-ms: 60\r\n", "{}"} : v2_reply();
  });
  const Nanos begun = clock.steady();
  const auto outcome = ask(*open(v2_file(server.url())), "x");
  EXPECT_TRUE(outcome);
  EXPECT_EQ(asked, 3);
  EXPECT_GE(clock.steady() - begun, milliseconds(120));
}

TEST_F(RemoteTest, AWaitBeyondTheDeadlineIsNotWaited) {
  ScriptedHttp server([](const ScriptedRequest&) { return ScriptedReply{429, "Retry-After: 30\r\n", "{}"}; });
  const auto backend = open(v2_file(server.url()));
  const Nanos begun = clock.steady();
  const auto outcome = ask(*backend, {{"x", {}, false}}, seconds(5));
  EXPECT_LT(clock.steady() - begun, seconds(2));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().retry_after, seconds(30));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(RemoteTest, WhatMayHaveBeenWorkedOnIsRepeatedOnlyWhereTheFileSaysSo) {
  for (const bool idempotent : {false, true}) {
    std::atomic<int> asked{0};
    ScriptedHttp server(
        [&](const ScriptedRequest&) { return ++asked < 2 ? ScriptedReply{502, "", "{}"} : v2_reply(); });
    const auto backend = open(v2_file(
        server.url(), std::string("retry: { backoff: 1ms, idempotent: ") + (idempotent ? "true" : "false") + " }\n"));
    EXPECT_EQ(ask(*backend, "x").has_value(), idempotent);
    EXPECT_EQ(asked, idempotent ? 2 : 1);
  }
}

TEST_F(RemoteTest, NoMoreThanOneInTenIsRepeated) {
  std::atomic<int> asked{0};
  ScriptedHttp server([&](const ScriptedRequest&) {
    ++asked;
    return ScriptedReply{429, "retry-after-ms: 0\r\n", "{}"};
  });
  const auto backend = open(v2_file(server.url(), "retry: { backoff: 1ms }\n"));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(ask(*backend, "x"));
  EXPECT_LE(asked, 100 + 10 + 3);
  EXPECT_GE(asked, 100 + 9);
}

TEST_F(RemoteTest, TheCircuitOpensAndAProbeClosesIt) {
  std::atomic<bool> well{false};
  std::atomic<int> asked{0};
  ScriptedHttp server([&](const ScriptedRequest&) {
    ++asked;
    return well ? v2_reply() : ScriptedReply{500, "", "{}"};
  });
  const auto backend = open(v2_file(server.url(), "breaker: { failures: 3, pause: 80ms }\n"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(*backend, "x").error().error.code, Code::kInternal);
  const auto open_now = ask(*backend, "x");
  EXPECT_EQ(open_now.error().error.code, Code::kUnavailable);
  EXPECT_GT(open_now.error().retry_after.count(), 0);
  EXPECT_EQ(asked, 3);
  std::this_thread::sleep_for(milliseconds(90));
  well = true;
  EXPECT_TRUE(ask(*backend, "x"));
  EXPECT_TRUE(ask(*backend, "x"));
  EXPECT_EQ(asked, 5);
}

TEST_F(RemoteTest, CancelledItsRequestEnds) {
  ScriptedReply hanging = v2_reply();
  hanging.hang = true;
  hanging.cut_after = 0;
  ScriptedHttp server([&](const ScriptedRequest&) { return hanging; });
  const auto backend = open(v2_file(server.url()));
  const inference::Item item = *backend->read(inference::Text{"x", {}, false}, true, "");
  const inference::Item* const items[] = {&item};
  std::promise<Outcome> told;
  const auto ticket = backend->start({items, clock.steady() + seconds(20), "", ""},
                                     [&](Outcome end) { told.set_value(std::move(end)); });
  std::this_thread::sleep_for(milliseconds(20));
  ticket->cancel();
  EXPECT_EQ(told.get_future().get().error().error.code, Code::kCancelled);
  ticket->cancel();  // again: nothing
}

TEST_F(RemoteTest, CancelledBetweenTwoAttemptsItEndsAtOnce) {
  ScriptedHttp server([](const ScriptedRequest&) { return ScriptedReply{429, "retry-after-ms: 5000\r\n", "{}"}; });
  const auto backend = open(v2_file(server.url()));
  const inference::Item item = *backend->read(inference::Text{"x", {}, false}, true, "");
  const inference::Item* const items[] = {&item};
  std::promise<Outcome> told;
  const Nanos begun = clock.steady();
  const auto ticket =
      backend->start({items, begun + seconds(20), "", ""}, [&](Outcome end) { told.set_value(std::move(end)); });
  while (server.requests().empty()) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(30));
  ticket->cancel();
  EXPECT_EQ(told.get_future().get().error().error.code, Code::kCancelled);
  EXPECT_LT(clock.steady() - begun, seconds(4));
}

TEST_F(RemoteTest, MarkedDataStaysInItsRegion) {
  ScriptedHttp server([](const ScriptedRequest&) { return v2_reply(); });
  const auto here = open(v2_file(server.url(), "region: eu\n"));
  EXPECT_TRUE(ask(*here, {{"x", {}, false}}, seconds(9), "eu"));
  EXPECT_TRUE(ask(*here, {{"x", {}, false}}, seconds(9), ""));
  for (const auto& backend : {here, open(v2_file(server.url()))}) {
    const auto outcome = ask(*backend, {{"x", {}, false}}, seconds(9), "ch");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().error.code, Code::kPermissionDenied);
    EXPECT_FALSE(outcome.error().retry_helps);
  }
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(RemoteTest, TheDaysBudgetIsNotOverspent) {
  ScriptedHttp server([](const ScriptedRequest&) { return v2_reply(); });
  const std::string money = "price: { request: 0.25 }\nbudget_per_day: { money: 1, state: ./spent.json }\n";
  {
    const auto backend = open(v2_file(server.url(), money));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(*backend, "x"));
  }
  const auto backend = open(v2_file(server.url(), money));  // what is spent outlives it
  int more = 0;
  while (more < 9 && ask(*backend, "x")) ++more;
  EXPECT_LE(more, 1);
  const auto outcome = ask(*backend, "x");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kResourceExhausted);
  EXPECT_GT(outcome.error().retry_after.count(), 0);
  EXPECT_LE(server.requests().size(), 4u);
}

TEST_F(RemoteTest, WhatIsRefusedCostsNothing) {
  std::atomic<bool> well{false};
  ScriptedHttp server([&](const ScriptedRequest&) { return well ? v2_reply() : ScriptedReply{400, "", "{}"}; });
  const auto backend =
      open(v2_file(server.url(), "price: { request: 0.4 }\nbudget_per_day: { money: 1, state: ./spent.json }\n"));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(*backend, "x").error().error.code, Code::kInvalidArgument);
  well = true;
  EXPECT_TRUE(ask(*backend, "x"));
}

TEST_F(RemoteTest, SecretsAreReadAgainAndTheirLackIsSaid) {
  ScriptedHttp server([](const ScriptedRequest&) { return v2_reply(); });
  const std::string yaml = v2_file(server.url(), "auth: { header: x-key, value: \"${file:key}\" }\n");
  auto missing = open_remote_model("away", *options(yaml), {fetch, files, clock});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  ASSERT_TRUE(files.write_atomic(folder + "/key", "first\n"));
  const auto backend = open(yaml);
  EXPECT_TRUE(ask(*backend, "x"));
  ASSERT_TRUE(files.write_atomic(folder + "/key", "second\n"));
  EXPECT_TRUE(ask(*backend, "x"));
  EXPECT_EQ(server.requests()[0].header("x-key"), "first");
  EXPECT_EQ(server.requests()[1].header("x-key"), "second");
}

TEST_F(RemoteTest, SecretsDoNotGoOverPlainHttp) {
  const auto made = open_remote_model(
      "away", *options(v2_file("http://models.example.com", "auth: { bearer: \"${FOVEA_TEST_KEY}\" }\n")),
      {fetch, files, clock});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kPermissionDenied);
}

TEST_F(RemoteTest, TextsHaveALimit) {
  ScriptedHttp server([](const ScriptedRequest&) { return v2_reply(); });
  const auto backend = open(v2_file(server.url()));
  EXPECT_TRUE(ask(*backend, std::string(kTextBytesMax, 'x')));
  EXPECT_EQ(ask(*backend, std::string(kTextBytesMax + 1, 'x')).error().error.code, Code::kOutOfRange);
  EXPECT_EQ(backend->read(inference::Ids{{1}, {}}, "ids").error().code, Code::kUnimplemented);
}

}  // namespace
}  // namespace fovea::remote
