#include "serve/fetch/http_fetch.h"

#include <gtest/gtest.h>

#include "serve/fetch/scripted_http_test.h"

namespace fovea::fetch {
namespace {

HttpRequest to(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

TEST(HttpFetch, BringsStatusHeadersAndBody) {
  ScriptedHttp server([](const ScriptedRequest& request) -> ScriptedReply {
    return {404, "X-Some: Thing \r\n", request.method + " " + request.target + " " + request.body};
  });
  const auto fetch = make_curl_fetch();
  HttpRequest request = to(server.url("/a/../b%20c?x=1"));
  request.method = "POST";
  request.body = "hello";
  const HttpReply reply = fetch->fetch(request).value();
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.header("x-some"), "Thing");
  EXPECT_EQ(reply.header("x-other"), "");
  EXPECT_EQ(reply.body, "POST /a/../b%20c?x=1 hello");
  request.method = "HEAD";
  EXPECT_EQ(fetch->fetch(request).value().body, "");
}

TEST(HttpFetch, GivesBodiesAsTheyComeUntilTold) {
  ScriptedHttp server([](const ScriptedRequest&) -> ScriptedReply { return {200, "", std::string(300'000, 'x')}; });
  const auto fetch = make_curl_fetch();
  size_t bytes = 0;
  const auto all = fetch->fetch(to(server.url("/")), [&](const HttpReply& head, std::string_view part) {
    EXPECT_EQ(head.status, 200);
    bytes += part.size();
    return true;
  });
  EXPECT_TRUE(all && all->body.empty());
  EXPECT_EQ(bytes, 300'000u);
  EXPECT_EQ(fetch->fetch(to(server.url("/")), [](auto&, auto) { return false; }).error().code, Code::kCancelled);
}

TEST(HttpFetch, TakesRepliesUpToTheLimitAndNoByteMore) {
  ScriptedHttp server([](const ScriptedRequest&) -> ScriptedReply { return {200, "", std::string(1000, 'x')}; });
  const auto fetch = make_curl_fetch();
  HttpRequest request = to(server.url("/"));
  request.reply_bytes_max = 1000;
  EXPECT_EQ(fetch->fetch(request).value().body.size(), 1000u);
  request.reply_bytes_max = 999;
  EXPECT_EQ(fetch->fetch(request).error().code, Code::kResourceExhausted);
  ScriptedHttp wordy([](const ScriptedRequest&) -> ScriptedReply {
    std::string headers;
    while (headers.size() <= kHeadersBytesMax) headers += "X: " + std::string(8000, 'y') + "\r\n";
    return {200, headers, ""};
  });
  EXPECT_EQ(fetch->fetch(to(wordy.url("/"))).error().code, Code::kResourceExhausted);
}

TEST(HttpFetch, SaysWhatBrokeOffAndWhatIsLate) {
  ScriptedHttp server([](const ScriptedRequest& request) -> ScriptedReply {
    return {200, "", "0123456789", 4, request.target == "/hang"};
  });
  const auto fetch = make_curl_fetch();
  std::string taken;
  const auto cut = fetch->fetch(to(server.url("/cut?signature=s")), [&](auto&, std::string_view part) {
    taken += part;
    return true;
  });
  EXPECT_EQ(cut.error().code, Code::kUnavailable);
  EXPECT_EQ(cut.error().where, server.url("/cut"));
  EXPECT_EQ(taken, "0123");
  HttpRequest late = to(server.url("/hang"));
  late.timeout = std::chrono::milliseconds(100);
  EXPECT_EQ(fetch->fetch(late).error().code, Code::kDeadlineExceeded);
  uint16_t closed = 0;
  {
    ScriptedHttp gone([](const ScriptedRequest&) -> ScriptedReply { return {}; });
    closed = gone.port();
  }
  EXPECT_EQ(fetch->fetch(to("http://127.0.0.1:" + std::to_string(closed))).error().code, Code::kUnavailable);
}

TEST(HttpFetch, KeepsSecretsFromOtherHosts) {
  ScriptedHttp elsewhere([](const ScriptedRequest& request) -> ScriptedReply {
    return {200, "", "elsewhere [" + request.header("Authorization") + "]"};
  });
  ScriptedHttp server([&](const ScriptedRequest& request) -> ScriptedReply {
    if (request.target == "/away") return {302, "Location: " + elsewhere.url("/x") + "\r\n", ""};
    if (request.target == "/near") return {302, "Location: /here\r\n", ""};
    if (request.target == "/loop") return {302, "Location: /loop\r\n", ""};
    if (request.target == "/file") return {302, "Location: file:///etc/passwd\r\n", ""};
    return {200, "", "here [" + request.header("Authorization") + "]"};
  });
  const auto fetch = make_curl_fetch();
  const auto ask = [&](const char* path, bool follow = true) {
    HttpRequest request = to(server.url(path));
    request.secrets = {{"Authorization", "Bearer s3cret"}};
    request.follow_redirects = follow;
    return fetch->fetch(request);
  };
  EXPECT_EQ(ask("/near").value().body, "here [Bearer s3cret]");
  EXPECT_EQ(ask("/away").value().body, "elsewhere []");
  EXPECT_EQ(ask("/away", false).value().status, 302);
  EXPECT_EQ(ask("/loop").error().code, Code::kPermissionDenied);
  EXPECT_EQ(ask("/file").error().code, Code::kPermissionDenied);
  HttpRequest plain = to("http://192.0.2.1/");
  plain.secrets = {{"Authorization", "Bearer s3cret"}};
  const Error refused = fetch->fetch(plain).error();
  EXPECT_EQ(refused.code, Code::kPermissionDenied);
  EXPECT_EQ(refused.text().find("s3cret"), std::string::npos);
}

TEST(HttpFetch, RefusesHeadersThatWouldBeTwo) {
  const auto fetch = make_curl_fetch();
  HttpRequest request = to("http://127.0.0.1:1/");
  request.headers = {{"X", "a\r\nY: b"}};
  EXPECT_EQ(fetch->fetch(request).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::fetch
