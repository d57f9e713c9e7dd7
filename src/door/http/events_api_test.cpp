// The intake over real sockets.
#include "door/http/events_api.h"

#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "door/http/limits.h"
#include "door/http/talking_test.h"
#include "stream/connectors/limits.h"

namespace fovea::http {
namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

class EventsApi : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::start(on_a_free_port(), router_of(events_routes({{"smoke", &source_}}, clock_)));
    ASSERT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
  }
  // Decides what comes in, as a flow does.
  void decide(bool duplicate = false) {
    flow_ = std::thread([this, duplicate] {
      while (true) {
        auto pulled = source_.pull(100, clock_.now(), std::chrono::milliseconds(20));
        std::vector<connectors::Receipt> receipts;
        for (auto& event : pulled->events) {
          receipts.push_back({event.id, duplicate});
          ++decided_;
        }
        source_.acknowledge(source_.cursor(), receipts);
        if (pulled->exhausted) return;
      }
    });
  }
  void TearDown() override {
    source_.stop();
    if (flow_.joinable()) flow_.join();
    server_.reset();
  }
  std::string post(std::string_view body, std::string_view headers = kJson) {
    return talk(server_->port(), request("POST", "/v1/events/smoke", body, headers));
  }

  SystemClock clock_;
  connectors::HttpSource source_{"http:smoke"};
  std::unique_ptr<Server> server_;
  std::thread flow_;
  std::atomic<int> decided_{0};
};

TEST_F(EventsApi, AcceptedWhenDurable) {
  decide();
  std::string answer = post(R"({"body":"hi"})", "Content-Type: application/json\r\nIdempotency-Key: k-1\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 202")) << answer;
  EXPECT_NE(answer.find(R"({"ids":["k-1"],"duplicates":0})"), std::string::npos) << answer;
  EXPECT_NE(post(R"([{"a":1},{"a":2}])").find("HTTP/1.1 202"), std::string::npos);
  EXPECT_EQ(decided_, 3);
}

TEST_F(EventsApi, NotAnsweredBeforeItIsDurable) {
  EXPECT_EQ(talk(server_->port(), request("POST", "/v1/events/smoke", "{}", kJson), 300), "")
      << "nobody has decided it";
  EXPECT_EQ(source_.waiting(), 1u);
}

TEST_F(EventsApi, RefusesWithProblems) {
  struct Case {
    std::string sent;
    std::string_view status;
  };
  const Case cases[] = {
      {request("POST", "/v1/events/smoke", "{", kJson), "400"},
      {request("POST", "/v1/events/smoke", "\"text\"", kJson), "400"},
      {request("POST", "/v1/events/none", "{}", kJson), "404"},
      {request("GET", "/v1/events/smoke", ""), "405"},
      {request("GET", "/elsewhere", ""), "404"},
      {request("POST", "/v1/events/smoke", "<a/>", "Content-Type: text/xml\r\n"), "415"},
      {"POST /v1/events/smoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n", "413"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(kHeaderBytesMax, 'x') + "\r\n\r\n", "431"},
      {"complete nonsense\r\n\r\n", "400"},
      {"GET /v1/health HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403"},
      {request("POST", "/v1/events/smoke", "{}", "Origin: https://evil.example\r\nContent-Type: application/json\r\n"),
       "403"},
  };
  for (const Case& each : cases) {
    std::string answer = talk(server_->port(), each.sent);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::string(each.status)))
        << each.status << ": " << answer.substr(0, 200);
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << answer.substr(0, 300);
  }
  EXPECT_EQ(source_.waiting(), 0u);
}

TEST_F(EventsApi, SaysWhenTheQueueIsFull) {
  std::vector<record::Event> many(connectors::kHttpQueueEventsMax);
  ASSERT_TRUE(source_.offer(many, 1, [](auto) {}));
  std::string answer = post("{}");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 429")) << answer;
  EXPECT_NE(answer.find("Retry-After: 1"), std::string::npos) << answer;
}

TEST_F(EventsApi, ClientsAreToldWhenTheFlowStops) {
  std::thread stopper([&] {
    while (source_.waiting() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    source_.stop();
  });
  std::string answer = post("{}");
  stopper.join();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
}

TEST_F(EventsApi, ServesAgainAfterFilesRanOut) {
  RawClient client;
  client.wait_at_most(5000);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(client.socket()) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  bool connected = client.connect(server_->port());  // by the kernel; the server cannot accept it
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(connected);
  client.send(request("GET", "/v1/health", ""));
  std::string answer = client.receive();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
}

TEST_F(EventsApi, HealthKeepAliveAndExpect) {
  std::string twice = "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n" + request("GET", "/v1/health", "");
  std::string answer = talk(server_->port(), twice);
  EXPECT_NE(answer.find("HTTP/1.1 200", answer.find("HTTP/1.1 200") + 1), std::string::npos) << answer;
  decide();
  EXPECT_TRUE(post("{}", "Content-Type: application/json\r\nExpect: 100-continue\r\n")
                  .starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202"));
}

TEST_F(EventsApi, ManyClientsAtOnce) {
  decide();
  std::atomic<int> accepted{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < 10; ++n) accepted += post("{}").starts_with("HTTP/1.1 202");
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(accepted, 160);
  EXPECT_EQ(decided_, 160);
}

TEST_F(EventsApi, AnAnswerAfterTheServersEndGoesNowhere) {
  EXPECT_EQ(talk(server_->port(), request("POST", "/v1/events/smoke", "{}", kJson), 100), "");
  server_.reset();
  source_.stop();
}

}  // namespace
}  // namespace fovea::http
