// POST /v1/decide/FLOW over a flow that this test plays.
#include "door/http/decide_api.h"

#include <thread>

#include "door/http/talking_test.h"
#include "stream/connectors/limits.h"

namespace fovea::http {
namespace {

class DecideApi : public ::testing::Test {
 protected:
  void SetUp() override {
    DecidingFlow flow{&source_, [this](std::string id, auto done) {
                        record::Verdict kept;
                        kept.event_id = std::move(id), kept.fate = "decided", kept.duplicate = true;
                        if (kept_) return done(std::move(kept));
                        done(fail(Code::kNotFound, "nothing is kept"));
                      }};
    router_ = router_of(decide_routes({{"smoke", std::move(flow)}}, clock_));
  }
  void TearDown() override { source_.end(); }
  // Asks, and has the flow make `fate` of what comes.
  Response decide(const std::string& body, Headers headers = {}, const std::string& fate = "decided") {
    headers.emplace_back("Host", "localhost");
    headers.emplace_back("Content-Type", "application/json");
    Response out{0, "", "", {}};
    router_->handle({"POST", "/v1/decide/smoke", std::move(headers), body, {}},
                    [&](Response response) { out = std::move(response); });
    const auto pulled = source_.pull(9, clock_.now(), Nanos(0));
    std::vector<connectors::Receipt> receipts;
    for (const record::Event& event : pulled->events) {
      due_ = event.due;
      auto verdict = std::make_shared<record::Verdict>();
      verdict->event_id = event.id, verdict->fate = fate, verdict->seq = 3, verdict->leaf = 2;
      verdict->cause = "the body is missing";
      receipts.push_back({event.id, fate == "duplicate", fate == "duplicate" ? nullptr : verdict});
    }
    EXPECT_TRUE(pulled->events.empty() || out.status == 0) << "answered before it was durable";
    if (!receipts.empty()) source_.acknowledge(source_.cursor(), receipts);
    return out;
  }
  static Json json_of(const Response& response) {
    auto json = parse_json(response.body);
    EXPECT_TRUE(json) << response.body;
    return json ? *json : Json();
  }

  VirtualClock clock_{TimePoint{1'788'000'000'000'000'000}};
  connectors::HttpSource source_{"http:smoke"};
  std::shared_ptr<const Router> router_;
  Nanos due_{0};
  bool kept_ = true;
};

TEST_F(DecideApi, TellsWhatBecameOfTheEventOnceItIsDurable) {
  const Response told = decide(R"({"body":"x"})", {{"Idempotency-Key", "k"}});
  EXPECT_EQ(told.status, 200);
  const Json json = json_of(told);
  EXPECT_EQ(text_or(member(json, "id"), ""), "k");
  EXPECT_EQ(text_or(member(json, "fate"), ""), "decided");
  EXPECT_EQ(number_or(member(member(json, "receipt"), "leaf"), -1), 2);
  EXPECT_EQ(due_, Nanos(0)) << "it said nothing of time";
}

TEST_F(DecideApi, ADuplicateIsToldWhatWasKept) {
  EXPECT_EQ(json_of(decide("{}", {{"Idempotency-Key", "k"}}, "duplicate")).at("duplicate"), true);
  kept_ = false;
  EXPECT_EQ(decide("{}", {{"Idempotency-Key", "k"}}, "duplicate").status, 404);
}

TEST_F(DecideApi, WhatBecomesOfOtherEvents) {
  EXPECT_EQ(decide("{}", {}, "dead").status, 422);
  EXPECT_NE(decide("{}", {}, "dead").body.find("the body is missing"), std::string::npos);
  EXPECT_EQ(decide("{}", {}, "late").status, 200);
  EXPECT_EQ(text_or(member(json_of(decide("{}", {}, "dropped")), "fate"), ""), "dropped");
}

TEST_F(DecideApi, TheClientsTimeReachesTheLadder) {
  decide("{}", {{"x-request-timeout-ms", "1000"}});
  EXPECT_EQ(due_, clock_.steady() + std::chrono::seconds(1) - kKeepMargin);
  decide("{}", {{"x-request-timeout-ms", "8"}});
  EXPECT_EQ(due_, clock_.steady() + std::chrono::milliseconds(6)) << "a quarter at most is kept back";
  for (const char* wrong : {"0", "-1", "soon", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(decide("{}", {{"x-request-timeout-ms", wrong}}).status, 400) << wrong;
  }
}

TEST_F(DecideApi, OneEventAtATimeOfAFlowThatIsThere) {
  EXPECT_EQ(decide("[{},{}]").status, 400);
  EXPECT_EQ(decide("[]").status, 400);
  EXPECT_EQ(decide("{").status, 400);
  Response out;
  router_->handle({"POST", "/v1/decide/none", {{"Host", "localhost"}}, "{}", {}},
                  [&](Response response) { out = std::move(response); });
  EXPECT_EQ(out.status, 404);
  EXPECT_EQ(source_.waiting(), 0u);
}

TEST_F(DecideApi, AFullQueueAndAFlowThatStops) {
  ASSERT_TRUE(source_.offer(std::vector<record::Event>(connectors::kHttpQueueEventsMax), 1, [](auto) {}));
  Response full;
  router_->handle({"POST", "/v1/decide/smoke", {{"Host", "localhost"}}, "{}", {}},
                  [&](Response response) { full = std::move(response); });
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(value_of(full.headers, "retry-after"), "1") << "how fast the flow is is not known";
  for (int second = 0; second <= 5; ++second) {  // 500 of the 10,000 in each
    source_.pull(500, clock_.now(), Nanos(0));
    source_.acknowledge(source_.cursor(), {});
    ASSERT_TRUE(source_.offer(std::vector<record::Event>(500), 1, [](auto) {}));
    clock_.advance(std::chrono::seconds(1));
  }
  router_->handle({"POST", "/v1/decide/smoke", {{"Host", "localhost"}}, "{}", {}},
                  [&](Response response) { full = std::move(response); });
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(value_of(full.headers, "retry-after"), "20") << "10,000 wait, 500 a second are done";
  source_.close();
  Response closed;
  router_->handle({"POST", "/v1/decide/smoke", {{"Host", "localhost"}}, "{}", {}},
                  [&](Response response) { closed = std::move(response); });
  EXPECT_EQ(closed.status, 503);
  EXPECT_FALSE(value_of(closed.headers, "retry-after").empty());
}

}  // namespace
}  // namespace fovea::http
