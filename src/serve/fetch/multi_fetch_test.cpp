#include "serve/fetch/multi_fetch.h"

#include <gtest/gtest.h>

#include <future>

#include "serve/fetch/scripted_http_test.h"

namespace fovea::fetch {
namespace {

struct MultiFetchTest : ::testing::Test {
  std::pair<uint64_t, std::future<MultiFetch::End>> start(HttpRequest request, TakeBody take = {}) {
    auto told = std::make_shared<std::promise<MultiFetch::End>>();
    auto future = told->get_future();
    const uint64_t number = fetch.start(
        std::move(request), [told](MultiFetch::End end) { told->set_value(std::move(end)); }, std::move(take));
    return {number, std::move(future)};
  }
  HttpRequest post(std::string url, std::string body = "{}") {
    HttpRequest request;
    request.method = "POST";
    request.url = std::move(url);
    request.body = std::move(body);
    request.timeout = std::chrono::seconds(20);
    return request;
  }
  MultiFetch fetch;
};

TEST_F(MultiFetchTest, ManyAtOnceEachWithItsOwnAnswer) {
  ScriptedHttp server([](const ScriptedRequest& request) { return ScriptedReply{200, "X: y\r\n", request.body}; });
  std::vector<std::future<MultiFetch::End>> all;
  for (int i = 0; i < 200; ++i) all.push_back(start(post(server.url("/x"), std::to_string(i))).second);
  for (int i = 0; i < 200; ++i) {
    const auto end = all[static_cast<size_t>(i)].get();
    ASSERT_TRUE(end.reply) << end.reply.error().text();
    EXPECT_EQ(end.reply->body, std::to_string(i));
    EXPECT_EQ(end.reply->header("x"), "y");
    EXPECT_TRUE(end.sent);
  }
}

TEST_F(MultiFetchTest, AConnectionIsKept) {
  std::atomic<int> count{0};
  ScriptedHttp server([&](const ScriptedRequest&) {
    ++count;
    return ScriptedReply{200, "", "ok"};
  });
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(start(post(server.url())).second.get().reply);
  EXPECT_EQ(count, 20);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(MultiFetchTest, ARefusedConnectionWasNotSent) {
  std::string url;
  {
    ScriptedHttp gone([](const ScriptedRequest&) { return ScriptedReply{}; });
    url = gone.url();
  }
  const auto end = start(post(url)).second.get();
  ASSERT_FALSE(end.reply);
  EXPECT_EQ(end.reply.error().code, Code::kUnavailable);
  EXPECT_FALSE(end.sent);
}

TEST_F(MultiFetchTest, WhatBreaksOffIsAnErrorAndWasSent) {
  ScriptedHttp server([](const ScriptedRequest&) { return ScriptedReply{200, "", "0123456789", 4}; });
  const auto end = start(post(server.url())).second.get();
  ASSERT_FALSE(end.reply);
  EXPECT_EQ(end.reply.error().code, Code::kUnavailable);
  EXPECT_TRUE(end.sent);
}

TEST_F(MultiFetchTest, TimeoutsAndCancelsEndWhatHangs) {
  ScriptedHttp server([](const ScriptedRequest&) { return ScriptedReply{200, "", "0123", 2, true}; });
  HttpRequest late = post(server.url());
  late.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(start(late).second.get().reply.error().code, Code::kDeadlineExceeded);
  auto [number, told] = start(post(server.url()));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  fetch.cancel(number);
  EXPECT_EQ(told.get().reply.error().code, Code::kCancelled);
  fetch.cancel(number);  // again: nothing
}

TEST_F(MultiFetchTest, ARedirectIsAReplyAndNotFollowed) {
  ScriptedHttp other([](const ScriptedRequest&) { return ScriptedReply{200, "", "stolen"}; });
  ScriptedHttp server(
      [&](const ScriptedRequest&) { return ScriptedReply{307, "Location: " + other.url("/") + "\r\n", ""}; });
  HttpRequest request = post(server.url());
  request.follow_redirects = true;
  request.secrets = {{"Authorization", "Bearer s"}};
  const auto end = start(request).second.get();
  ASSERT_TRUE(end.reply);
  EXPECT_EQ(end.reply->status, 307);
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(MultiFetchTest, LimitsAndBadRequestsAreErrors) {
  ScriptedHttp server([](const ScriptedRequest&) { return ScriptedReply{200, "", std::string(1000, 'x')}; });
  HttpRequest request = post(server.url());
  request.reply_bytes_max = 1000;
  EXPECT_TRUE(start(request).second.get().reply);
  request.reply_bytes_max = 999;
  EXPECT_EQ(start(request).second.get().reply.error().code, Code::kResourceExhausted);
  request.headers = {{"X", "a\nb"}};
  const auto end = start(request).second.get();
  EXPECT_EQ(end.reply.error().code, Code::kInvalidArgument);
  EXPECT_FALSE(end.sent);
}

TEST_F(MultiFetchTest, BodiesAreTakenAsTheyCome) {
  ScriptedHttp server([](const ScriptedRequest&) { return ScriptedReply{200, "", "0123456789", 7, true}; });
  std::string got;
  std::promise<void> seven;
  auto [number, told] = start(post(server.url()), [&](const HttpReply& head, std::string_view bytes) {
    EXPECT_EQ(head.status, 200);
    got += bytes;
    if (got.size() == 7) seven.set_value();
    return true;
  });
  seven.get_future().wait();
  fetch.cancel(number);
  EXPECT_EQ(told.get().reply.error().code, Code::kCancelled);
  EXPECT_EQ(got, "0123456");
}

TEST_F(MultiFetchTest, LaterIsNotBefore) {
  const Nanos before = SystemClock().steady();
  std::promise<Nanos> at;
  fetch.after(std::chrono::milliseconds(30), [&] { at.set_value(SystemClock().steady()); });
  EXPECT_GE((at.get_future().get() - before).count(), 30'000'000);
}

TEST(MultiFetchStop, AStopTellsEveryEnd) {
  ScriptedHttp server([](const ScriptedRequest&) { return ScriptedReply{200, "", "0123", 2, true}; });
  std::promise<MultiFetch::End> told;
  {
    MultiFetch fetch;
    HttpRequest request;
    request.url = server.url();
    fetch.start(request, [&](MultiFetch::End end) { told.set_value(std::move(end)); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(told.get_future().get().reply.error().code, Code::kCancelled);
}

}  // namespace
}  // namespace fovea::fetch
