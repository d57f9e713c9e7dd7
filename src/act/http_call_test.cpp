#include "act/http_call.h"

#include <gtest/gtest.h>

#include "act/fault_server_test.h"

namespace fovea::act {
namespace {

using Kind = record::Outcome::Kind;
using std::chrono::seconds;

constexpr const char* kToken = "tok-8c1f-secret";

std::string answer(int status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

class HttpCallTest : public testing::Test {
 protected:
  static record::Effect effect(const std::string& url, JsonObject more = {}) {
    record::Effect out;
    out.id = 1;
    out.kind = "http";
    out.flow = "support";
    out.key = "ticket:m-1";
    JsonObject arguments{
        {"method", "POST"}, {"url", url}, {"timeout", "300ms"}, {"body", JsonObject{{"queue", "desk"}}}};
    for (const auto& each : more) arguments[each.key()] = each.value();
    out.arguments = std::move(arguments);
    return out;
  }
  record::Outcome perform(const record::Effect& effect) {
    auto out = effector_->perform({&effect, 1}).front();
    EXPECT_EQ((to_text(out.detail) + out.error).find(kToken), std::string::npos);
    return out;
  }
  record::Outcome reconcile(const record::Effect& effect) { return effector_->reconcile({&effect, 1}).front(); }

  RealFiles files_;
  std::string base_;  // ${BASE}
  Secrets secrets_{[this](const std::string& name) -> std::optional<std::string> {
                     if (name == "TOKEN") return kToken;
                     if (name == "BASE") return base_;
                     return std::nullopt;
                   },
                   files_,
                   {"TOKEN", "BASE", "MISSING"}};
  std::unique_ptr<Effector> effector_ = make_http_call(secrets_);
};

TEST_F(HttpCallTest, SendsWhatTheFlowSaysAndKeepsTheAnswer) {
  std::string request;
  FaultServer server([&](Connection& c, size_t) {
    request = c.read_request();
    c.send(answer(201, R"({"id":"T-9","echo":"tok-8c1f-secret"})"));
  });
  base_ = server.at("http");
  record::Effect call = effect("${BASE}/tickets", {{"headers", JsonObject{{"Authorization", "Bearer ${TOKEN}"}}}});
  record::Outcome out = perform(call);
  EXPECT_EQ(out.kind, Kind::kDone) << out.error;
  EXPECT_EQ(to_text(out.detail), R"({"status":201,"id":"T-9","body":{"id":"T-9","echo":"[secret]"}})");
  EXPECT_TRUE(request.starts_with("POST /tickets HTTP/1.1\r\n")) << request;
  for (const char* part : {"Authorization: Bearer tok-8c1f-secret\r\n", "Idempotency-Key: support/ticket:m-1\r\n",
                           "Content-Type: application/json\r\n"}) {
    EXPECT_NE(request.find(part), std::string::npos) << part;
  }
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"queue\":\"desk\"}"));
  EXPECT_EQ(to_text(call.arguments).find(kToken), std::string::npos);  // what is stored holds the reference
}

TEST_F(HttpCallTest, RefusedIsTriedAgain) {
  {
    base_ = FaultServer([](Connection&, size_t) {}).at("http");
  }
  record::Outcome out = perform(effect("${BASE}/x"));
  EXPECT_EQ(out.kind, Kind::kRetry);
  EXPECT_EQ(out.error.find("127.0.0.1:" + base_.substr(17)), std::string::npos) << out.error;
}

TEST_F(HttpCallTest, FiveHundredThenTwoHundred) {
  FaultServer server([](Connection& c, size_t number) {
    c.read_request();
    c.send(number == 0 ? answer(503, "busy", "Retry-After: 7\r\n") : answer(200, "ok"));
  });
  record::Effect call = effect(server.at("http"));
  record::Outcome out = perform(call);
  EXPECT_EQ(out.kind, Kind::kRetry);
  EXPECT_EQ(out.error, "status 503: busy");
  EXPECT_EQ(out.retry_after, Nanos(seconds(7)));
  EXPECT_EQ(perform(call).kind, Kind::kDone);
}

TEST_F(HttpCallTest, StatusesSayWhatComesNext) {
  int status = 0;
  FaultServer server([&](Connection& c, size_t) {
    c.read_request();
    c.send(answer(status, "{}", "Location: /elsewhere\r\n"));
  });
  std::pair<int, Kind> cases[] = {
      {200, Kind::kDone},   {202, Kind::kDone},   {301, Kind::kFailed}, {302, Kind::kFailed}, {400, Kind::kFailed},
      {401, Kind::kFailed}, {404, Kind::kFailed}, {409, Kind::kFailed}, {408, Kind::kRetry},  {425, Kind::kRetry},
      {429, Kind::kRetry},  {500, Kind::kRetry},  {502, Kind::kRetry},  {504, Kind::kRetry}};
  size_t calls = 0;
  for (auto [each, kind] : cases) {
    status = each;
    EXPECT_EQ(perform(effect(server.at("http"))).kind, kind) << each;
    EXPECT_EQ(server.connections(), ++calls) << each;  // redirects are not followed
  }
}

TEST_F(HttpCallTest, AHangOrALostAnswerIsUnknownUnlessACallMayBeRepeated) {
  for (bool hang : {true, false}) {
    std::atomic<size_t> requests{0};
    FaultServer server([&](Connection& c, size_t) {
      if (!c.read_request().empty()) ++requests;
      if (hang) c.wait_for_end();
    });
    record::Effect call = effect(server.at("http"));
    EXPECT_EQ(perform(call).kind, Kind::kUnknown);
    EXPECT_EQ(requests, 1u);  // libcurl must not repeat it by itself
    record::Outcome asked = reconcile(call);
    EXPECT_EQ(asked.kind, Kind::kUnknown);
    EXPECT_EQ(asked.retry_after, Nanos(0));
    EXPECT_EQ(perform(effect(server.at("http"), {{"idempotent", true}})).kind, Kind::kRetry);
    EXPECT_EQ(reconcile(effect(server.at("http"), {{"idempotent", true}})).kind, Kind::kRetry);
    EXPECT_EQ(perform(effect(server.at("http"), {{"method", "GET"}})).kind, Kind::kRetry);
  }
}

TEST_F(HttpCallTest, AStatusThatCameCountsEvenIfItsBodyBreaksOff) {
  FaultServer drip([](Connection& c, size_t) {
    c.read_request();
    c.send("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
      c.send("x");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  record::Outcome out = perform(effect(drip.at("http")));
  EXPECT_EQ(out.kind, Kind::kDone);
  EXPECT_EQ(to_text(out.detail), R"({"status":200,"truncated":true})");
  FaultServer huge([](Connection& c, size_t) {
    c.read_request();
    c.send(answer(200, std::string(3 << 20, 'x')));
  });
  out = perform(effect(huge.at("http")));
  EXPECT_EQ(out.kind, Kind::kDone);
  EXPECT_EQ(to_text(out.detail), R"({"status":200,"truncated":true})");
  FaultServer broken([](Connection& c, size_t) {
    c.read_request();
    c.send("not HTTP at all\r\n\r\n");
  });
  EXPECT_EQ(perform(effect(broken.at("http"))).kind, Kind::kUnknown);
}

TEST_F(HttpCallTest, ReconcileAsksTheOtherSide) {
  int status = 200;
  std::string request;
  FaultServer server([&](Connection& c, size_t) {
    request = c.read_request();
    c.send(answer(status, R"({"id":5})"));
  });
  record::Effect call =
      effect(server.at("http") + "/tickets", {{"reconcile", JsonObject{{"get", server.at("http") + "/tickets/m-1"}}}});
  record::Outcome out = reconcile(call);
  EXPECT_EQ(out.kind, Kind::kDone);
  EXPECT_EQ(number_or(member(out.detail, "id"), 0), 5);
  EXPECT_TRUE(request.starts_with("GET /tickets/m-1 "));
  status = 404;
  EXPECT_EQ(reconcile(call).kind, Kind::kRetry);
  status = 503;
  out = reconcile(call);
  EXPECT_EQ(out.kind, Kind::kUnknown);
  EXPECT_GT(out.retry_after, Nanos(0));  // ask again later
}

TEST_F(HttpCallTest, NothingIsSentThatCannotBeMeant) {
  std::pair<const char*, JsonObject> cases[] = {
      {"line break in a header", {{"headers", JsonObject{{"X", "a\r\nHost: b"}}}}},
      {"line break in a name", {{"headers", JsonObject{{"X: y\r\nZ", "a"}}}}},
      {"unknown method", {{"method", "BREW"}}},
      {"other scheme", {{"url", "file:///etc/passwd"}}},
      {"missing secret", {{"headers", JsonObject{{"X", "${MISSING}"}}}}},
      {"unknown argument", {{"heders", 1}}},
      {"endless time-out", {{"timeout", "1h"}}},
  };
  FaultServer server([](Connection& c, size_t) { c.send(answer(200, "")); });
  for (const auto& [name, more] : cases) {
    EXPECT_EQ(perform(effect(server.at("http"), more)).kind, Kind::kFailed) << name;
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST_F(HttpCallTest, TextThatLooksLikeASecretStaysText) {
  std::string request;
  FaultServer server([&](Connection& c, size_t) {
    request = c.read_request();
    c.send(answer(200, ""));
  });
  perform(effect(server.at("http"), {{"body", "${TOKEN}"}, {"headers", JsonObject{{"X", "$${TOKEN}"}}}}));
  EXPECT_EQ(request.find(kToken), std::string::npos);
  EXPECT_NE(request.find("X: ${TOKEN}\r\n"), std::string::npos) << request;
}

TEST_F(HttpCallTest, KeysThatAreNoHeaderAreSentAsDigests) {
  std::string request;
  FaultServer server([&](Connection& c, size_t) {
    request = c.read_request();
    c.send(answer(200, ""));
  });
  record::Effect call = effect(server.at("http"));
  call.key = "ticket:订单\r\nX: y";
  EXPECT_EQ(perform(call).kind, Kind::kDone);
  EXPECT_NE(request.find("Idempotency-Key: sha256-"), std::string::npos);
  EXPECT_EQ(request.find("X: y"), std::string::npos);
}

}  // namespace
}  // namespace fovea::act
