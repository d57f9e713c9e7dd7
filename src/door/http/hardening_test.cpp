// What a hostile or broken client may send: tests/serve/hardening.md names the rows that are held here.
#include <atomic>
#include <mutex>
#include <thread>

#include "door/http/limits.h"
#include "door/http/talking_test.h"

namespace fovea::http {
namespace {

// Notes the bodies that reach a handler.
class Hardening : public ::testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options = on_a_free_port();
    options.body_bytes_max = 100'000;
    auto started =
        Server::start(options, router_to([this](Routed routed) {
                        {
                          const std::lock_guard lock(mutex_);
                          bodies_.push_back(routed.request.body);
                          headers_ = routed.request.headers;
                        }
                        routed.respond({200, "text/plain", "got " + std::to_string(routed.request.body.size()), {}});
                      }));
    ASSERT_TRUE(started) << started.error().text();
    server_ = std::move(*started);
  }
  std::string say(std::string_view bytes, int wait_ms = 3000) { return talk(server_->port(), bytes, wait_ms); }
  size_t handled() {
    const std::lock_guard lock(mutex_);
    return bodies_.size();
  }
  bool still_answers() { return status_of(say(request("GET", "/x", ""))) == "200"; }
  static size_t answers_in(std::string_view text) {
    size_t count = 0;
    for (size_t at = text.find("HTTP/1.1 "); at != std::string_view::npos; at = text.find("HTTP/1.1 ", at + 1)) {
      count += at + 9 < text.size() && text[at + 9] >= '1' && text[at + 9] <= '5';
    }
    return count;
  }

  std::mutex mutex_;
  std::vector<std::string> bodies_;
  Headers headers_;
  std::unique_ptr<Server> server_;
};

constexpr std::string_view kNext = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

// Two servers on a request's way must not see two different requests: one answer, and the connection ends.
TEST_F(Hardening, WhatCouldBeReadInTwoWaysIsRefusedAndEndsTheConnection) {
  const std::string head = "POST /x HTTP/1.1\r\nHost: localhost\r\n";
  const std::string chunked_body = "0\r\n\r\n";
  const std::string shapes[] = {
      head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked_body,
      head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + chunked_body,
      head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
      head + "Content-Length: 5, 5\r\n\r\nhello",
      head + "Content-Length: +5\r\n\r\nhello",
      head + "Content-Length: -5\r\n\r\nhello",
      head + "Content-Length: 0x5\r\n\r\nhello",
      head + "Content-Length: 5 5\r\n\r\nhello",
      head + "Content-Length: \r\n\r\n",
      head + "Content-Length: 18446744073709551616\r\n\r\nhello",
      head + "Content-Length : 5\r\n\r\nhello",
      head + "Transfer-Encoding: gzip\r\n\r\n" + chunked_body,
      head + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked_body,
      head + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunked_body,
      head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked_body,
      head + "Transfer-Encoding: xchunked\r\n\r\n" + chunked_body,
      head + "Transfer-Encoding : chunked\r\n\r\n" + chunked_body,
      "POST /x HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked_body,
      "GET /x HTTP/1.1\nHost: localhost\n\n",
      "GET /x HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
      std::string("GET /x HTTP/1.1\r\nHost: localhost\r\nX: a") + '\0' + "b\r\n\r\n",
      "GET /x HTTP/1.1\r\nHost: localhost\r\n: nameless\r\n\r\n",
      "GET /x HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n",
      "GET  /x HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /x HTTP/2.0\r\nHost: localhost\r\n\r\n",
      "GET /x\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\x16\x03\x01\x02\x01\x01",
  };
  for (const std::string& shape : shapes) {
    const size_t before = handled();
    const std::string answer = say(shape + std::string(kNext), 700);
    EXPECT_LE(answers_in(answer), 1u) << shape << "\n" << answer;
    EXPECT_TRUE(answer.empty() || status_of(answer) == "400" || status_of(answer) == "413") << shape << "\n"
                                                                                            << answer.substr(0, 200);
    EXPECT_EQ(handled(), before) << shape;
  }
  EXPECT_TRUE(still_answers());
}

TEST_F(Hardening, ARequestHasOneHost) {
  const std::string end = "Connection: close\r\n\r\n";
  EXPECT_EQ(status_of(say("GET /x HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n" + end)), "400");
  EXPECT_EQ(status_of(say("GET /x HTTP/1.1\r\nX: y\r\n" + end)), "400");
  EXPECT_EQ(handled(), 0u);
}

// The line and the fields are counted by themselves, so the whole may be a little longer than the limit, never twice.
TEST_F(Hardening, HeadersAtTheLimitAndPastIt) {
  const std::string start = "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: ", end = "\r\n\r\n";
  const size_t room = kHeaderBytesMax - start.size() - end.size();
  EXPECT_EQ(status_of(say(start + std::string(room, 'x') + end)), "200");
  EXPECT_EQ(status_of(say(start + std::string(room + kHeaderBytesMax, 'x') + end)), "431");
  std::string many = "GET /x HTTP/1.1\r\nHost: localhost\r\n";
  while (many.size() < 2 * kHeaderBytesMax) many += "a:\r\n";
  EXPECT_EQ(status_of(say(many + "\r\n")), "431");
  EXPECT_EQ(status_of(say("GET /" + std::string(2 * kHeaderBytesMax, 'p') + " HTTP/1.1\r\n\r\n")), "431");
}

TEST_F(Hardening, BodiesAtTheLimitAndOnePastIt) {
  EXPECT_EQ(status_of(say(request("POST", "/x", std::string(100'000, 'x')))), "200");
  EXPECT_EQ(status_of(say(request("POST", "/x", std::string(100'001, 'x')))), "413");
  std::string chunks = "POST /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string head = chunks;
  for (int i = 0; i < 100; ++i) chunks += "3e8\r\n" + std::string(1000, 'x') + "\r\n";
  EXPECT_EQ(status_of(say(chunks + "0\r\n\r\n")), "200");
  EXPECT_EQ(status_of(say(chunks + "1\r\nx\r\n0\r\n\r\n")), "413");
  EXPECT_EQ(status_of(say(head + "ffffffffffffffff\r\nx")), "413");
  EXPECT_EQ(status_of(say(head + "10000000000000000\r\nx")), "400");
  EXPECT_EQ(status_of(say(head + "zz\r\nx\r\n")), "400");
  EXPECT_EQ(status_of(say(head + "1\r\nxy\r\n0\r\n\r\n")), "400") << "a chunk longer than it says";
}

// What a chunk carries besides its bytes, and what comes after the last, is bounded and reaches nobody.
TEST_F(Hardening, ChunkExtensionsAndTrailers) {
  const std::string head =
      "POST /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(status_of(say(head + "1;a=b\r\nx\r\n0\r\n\r\n")), "200");
  EXPECT_EQ(status_of(say(head + "1\r\nx\r\n0\r\nAuthorization: Bearer x\r\nx-late: 1\r\n\r\n")), "200");
  for (const auto& [name, value] : headers_)
    EXPECT_FALSE(same_name(name, "x-late") || same_name(name, "authorization"));
  const std::string endless(kHeaderBytesMax + 2 * kReadAtOnce, 'x');
  EXPECT_EQ(status_of(say(head + "1;" + endless)), "400");
  EXPECT_EQ(status_of(say(head + "0\r\nx: " + endless)), "400");
  std::string pieces = head;  // 65,536 chunks of a byte
  for (int i = 0; i < 65'536; ++i) pieces += "1\r\nx\r\n";
  EXPECT_EQ(status_of(say(pieces + "0\r\n\r\n", 10'000)), "200");
  EXPECT_EQ(bodies_.back().size(), 65'536u);
}

TEST_F(Hardening, PipelinedRequestsAreAnsweredInOrder) {
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    const std::string body(static_cast<size_t>(i), 'x');
    bytes += "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(i) + "\r\n\r\n" + body;
  }
  const std::string answers = say(bytes + request("POST", "/x", std::string(50, 'x')));
  size_t at = 0;
  for (int i = 0; i <= 50; ++i) {
    at = answers.find("got " + std::to_string(i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(Hardening, Expectations) {
  const std::string head = "POST /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n";
  EXPECT_TRUE(say(head + "Expect: 100-continue\r\n\r\nhi").starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"));
  EXPECT_EQ(status_of(say(head + "Expect: miracles\r\n\r\nhi")), "417");
  const std::string old = "POST /x HTTP/1.0\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi";
  EXPECT_EQ(status_of(say(old)), "200") << "HTTP/1.0 knows no 100";
}

// One byte now and then holds a connection no longer than a whole request may take.
TEST_F(Hardening, SlowClientsAreLetGo) {
  struct Slow {
    std::string begin;
    RawClient client;
  };
  Slow header{"GET /x HTTP/1.1\r\nHost: localhost\r\nX: ", {}};
  Slow body{"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", {}};
  Slow chunk{"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n", {}};
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (Slow* slow : {&header, &body, &chunk}) {
    threads.emplace_back([slow, port = server_->port()] {
      slow->client.wait_at_most(50);
      ASSERT_TRUE(slow->client.connect(port));
      slow->client.send(slow->begin);
      const auto until = std::chrono::steady_clock::now() + kReadWithin + std::chrono::seconds(5);
      while (std::chrono::steady_clock::now() < until) {
        slow->client.send("x");
        char byte = 0;
        const ssize_t got = ::recv(slow->client.socket(), &byte, 1, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) return;
      }
      ADD_FAILURE() << "still served: " << slow->begin;
    });
  }
  EXPECT_TRUE(still_answers()) << "others are served meanwhile";
  for (auto& thread : threads) thread.join();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, kReadWithin - std::chrono::seconds(1));
  EXPECT_EQ(handled(), 1u);
}

TEST_F(Hardening, WhatIsSaidOfAWrongRequestLeaksNothing) {
  for (const std::string& shape :
       {std::string("GET /x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer hidden-key\r\nBad Name: x\r\n\r\n"),
        request("GET", "/nothing/here", "", "Authorization: Bearer hidden-key\r\n"),
        request("DELETE", "/x", "", "x-api-key: hidden-key\r\n"),
        std::string("POST /x HTTP/1.1\r\nHost: localhost\r\nx-api-key: hidden-key\r\nContent-Length: 1\r\n") +
            "Content-Length: 2\r\n\r\n"}) {
    const std::string answer = say(shape, 700);
    EXPECT_EQ(answer.find("hidden-key"), std::string::npos) << answer;
    EXPECT_EQ(answer.find(".cpp"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("boost"), std::string::npos) << answer;
  }
}

TEST_F(Hardening, PathsThatAreNone) {
  for (const char* path : {"*", "x", "http://localhost/x", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//x",
                           "/x/../../y", "/\x01", "/%00"}) {
    const std::string answer =
        say("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const std::string status = status_of(answer);
    EXPECT_TRUE(status == "404" || status == "400" || status == "200") << path << answer;
    EXPECT_EQ(answer.find("root:"), std::string::npos);
  }
}

// Half a request and then nothing; a reset in the middle; a close before the answer.
TEST_F(Hardening, ConnectionsThatBreakOff) {
  for (const std::string& begin :
       {std::string("POST /x HTTP/1.1\r\nHost: loc"),
        std::string("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"),
        std::string("POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf")}) {
    for (const bool reset : {false, true}) {
      RawClient client;
      ASSERT_TRUE(client.connect(server_->port()));
      client.send(begin);
      const linger hard{1, 0};
      if (reset) ::setsockopt(client.socket(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
      if (!reset) ::shutdown(client.socket(), SHUT_WR);
      if (!reset) {
        EXPECT_EQ(client.receive(), "") << "half a request has no answer";
      }
    }
  }
  EXPECT_EQ(handled(), 0u);
  EXPECT_TRUE(still_answers());
}

// A client that never reads its answers keeps neither the server's threads nor, for ever, a connection.
TEST(HardeningWrites, AClientThatDoesNotReadIsLetGo) {
  const std::string large(4u << 20, 'x');
  std::atomic<int> handled{0};
  const auto server = Server::start(on_a_free_port(), router_to([&](Routed routed) {
                                      ++handled;
                                      routed.respond({200, "text/plain", large, {}});
                                    }));
  RawClient stuck;
  const int small = 4096;
  ::setsockopt(stuck.socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  ASSERT_TRUE(stuck.connect((*server)->port()));
  stuck.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (handled < 1) std::this_thread::yield();
  for (int i = 0; i < 4; ++i) {
    const std::string answer = talk((*server)->port(), request("GET", "/x", ""), 10'000);
    EXPECT_TRUE(answer.ends_with("xxx"));
  }
  EXPECT_FALSE((*server)->drain(std::chrono::milliseconds(100))) << "its answer is on the way";
  (*server)->stop();
}

}  // namespace
}  // namespace fovea::http
