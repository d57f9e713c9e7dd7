// The server over real sockets: who may be reached, what a stop does, and clients that go.
#include "door/http/server.h"

#include <sys/resource.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "door/http/limits.h"
#include "door/http/talking_test.h"

namespace fovea::http {
namespace {

// A door with one key, "s3cret".
class OneKey final : public access::Access {
 public:
  std::expected<access::Caller, access::Denial> authorise(const access::Ask& ask) override {
    if (ask.key == "s3cret") return access::Caller{};
    return std::unexpected(access::Denial{{Code::kUnauthenticated, "a key is needed", {}, {}}, Nanos(0)});
  }
  bool guarded() const override { return true; }
};

void say_nothing(Routed routed) {
  routed.respond({});
}

TEST(Server, OffLoopbackNeedsTlsAndCredentials) {
  OneKey key;
  const auto open = router_to(say_nothing), guarded = router_to(say_nothing, &key);
  ServerOptions everywhere = on_a_free_port();
  everywhere.address = "0.0.0.0";
  const auto refused = Server::start(everywhere, open);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_FALSE(refused.error().hint.empty());
  EXPECT_FALSE(Server::start(everywhere, guarded)) << "without TLS";
  ServerOptions nonsense = on_a_free_port();
  nonsense.address = "nonsense";
  EXPECT_FALSE(Server::start(nonsense, open));
  ServerOptions no_files = on_a_free_port();
  no_files.tls_certificate = no_files.tls_key = "/none.pem";
  EXPECT_FALSE(Server::start(no_files, guarded));
  const auto first = Server::start(on_a_free_port(), open);
  ServerOptions same = on_a_free_port();
  same.port = (*first)->port();
  EXPECT_EQ(Server::start(same, open).error().code, Code::kUnavailable);
}

TEST(Server, AKeyIsAskedForBeforeTheBodyIsRead) {
  OneKey key;
  std::atomic<int> handled{0};
  const auto server = Server::start(on_a_free_port(), router_to(
                                                          [&](Routed routed) {
                                                            ++handled;
                                                            routed.respond({});
                                                          },
                                                          &key));
  ASSERT_TRUE(server);
  const uint16_t port = (*server)->port();
  EXPECT_EQ(status_of(talk(port, request("GET", "/x", "", "Authorization: Bearer s3creT\r\n"))), "401");
  EXPECT_EQ(status_of(talk(port, request("GET", "/x", "", "Authorization: Bearer s3cret\r\n"))), "200");
  EXPECT_EQ(status_of(talk(port, request("GET", "/x", "", "x-api-key: s3cret\r\n"))), "200");
  const std::string refused = talk(port, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n");
  EXPECT_EQ(status_of(refused), "401") << "no byte of the body was sent";
  EXPECT_NE(refused.find("WWW-Authenticate: Bearer"), std::string::npos) << refused;
  EXPECT_EQ(status_of(talk(port, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")),
            "401")
      << "it is not told to go on";
  EXPECT_EQ(handled, 2);
}

TEST(Server, ARefusedRequestKeepsItsConnectionWhereItsBodyIsShort) {
  OneKey key;
  const auto server = Server::start(on_a_free_port(), router_to(say_nothing, &key));
  const std::string both = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody" +
                           request("GET", "/x", "", "x-api-key: s3cret\r\n");
  const std::string answers = talk((*server)->port(), both);
  EXPECT_EQ(status_of(answers), "401");
  EXPECT_NE(answers.find("HTTP/1.1 200"), std::string::npos) << answers;
}

TEST(Server, WithoutRoomForItsFilesItSaysSo) {
  const RawClient highest;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(highest.socket()) + 2;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto server = Server::start(on_a_free_port(), router_to(say_nothing));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Code::kResourceExhausted) << server.error().text();
  EXPECT_NE(server.error().hint.find("ulimit -n"), std::string::npos);
}

TEST(Server, OneAddressDoesNotTakeAllConnections) {
  ServerOptions options = on_a_free_port();
  options.connections_per_address_max = 2;
  const auto server = Server::start(options, router_to(say_nothing));
  RawClient first, second;
  for (RawClient* each : {&first, &second}) {
    each->wait_at_most(2000);
    ASSERT_TRUE(each->connect((*server)->port()));
    each->send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    char byte = 0;
    ASSERT_EQ(::recv(each->socket(), &byte, 1, 0), 1);
  }
  const std::string turned_away = talk((*server)->port(), "");
  EXPECT_EQ(status_of(turned_away), "503") << turned_away;
  EXPECT_NE(turned_away.find("Retry-After"), std::string::npos);
  ::shutdown(first.socket(), SHUT_RDWR);
  std::string answer;
  for (int i = 0; i < 200 && status_of(answer) != "200"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    answer = talk((*server)->port(), request("GET", "/x", ""));
  }
  EXPECT_EQ(status_of(answer), "200") << "the one that went made room";
}

// Clients that ask for much and read nothing: those that come then are told to wait, until one has read or is gone.
TEST(Server, AnswersThatAreNotTakenAreBoundedOverAllClients) {
  constexpr size_t kAnswer = size_t{16} << 20;  // more than a socket's buffers take
  ServerOptions options = on_a_free_port();
  options.unsent_bytes_max = 2 * kAnswer;
  const auto server = Server::start(options, router_to([](Routed routed) {
                                      const size_t bytes = routed.request.target == "/small" ? 9 : kAnswer;
                                      routed.respond({200, "text/plain", std::string(bytes, 'x'), {}});
                                    }));
  const uint16_t port = (*server)->port();
  RawClient first, second;
  for (RawClient* each : {&first, &second}) {
    each->wait_at_most(5000);
    ASSERT_TRUE(each->connect(port));
    each->send(request("GET", "/large", ""));
    char byte = 0;
    ASSERT_EQ(::recv(each->socket(), &byte, 1, 0), 1);
  }
  const std::string refused = talk(port, request("GET", "/large", ""));
  EXPECT_EQ(status_of(refused), "429");
  EXPECT_NE(refused.find("Retry-After: 1"), std::string::npos) << refused;
  EXPECT_EQ(status_of(talk(port, request("GET", "/small", ""))), "200");
  EXPECT_GT(first.receive().size(), kAnswer) << "nobody's answer was cut for others";
  ::shutdown(second.socket(), SHUT_RDWR);
  for (int i = 0; i < 2; ++i) {
    std::string answer;
    for (int tries = 0; tries < 200 && status_of(answer) != "200"; ++tries)
      answer = talk(port, request("GET", "/large", ""));
    EXPECT_GT(answer.size(), kAnswer);
  }
}

TEST(Server, ADrainAnswersWhatHasBegunAndClosesBehindIt) {
  std::mutex mutex;
  std::vector<Respond> held;
  const auto server = Server::start(on_a_free_port(), router_to([&](Routed routed) {
                                      const std::lock_guard lock(mutex);
                                      held.push_back(std::move(routed.respond));
                                    }));
  RawClient whole, half;
  for (RawClient* each : {&whole, &half}) {
    each->wait_at_most(5000);
    ASSERT_TRUE(each->connect((*server)->port()));
  }
  whole.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  half.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbo");
  const auto wait_for = [&](size_t count) {
    for (int i = 0; i < 2000; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (held.size() >= count) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  };
  ASSERT_TRUE(wait_for(1));
  EXPECT_FALSE((*server)->drain(std::chrono::milliseconds(50))) << "two are under way";
  std::thread answers([&] {
    half.send("dy");
    EXPECT_TRUE(wait_for(2)) << "a request that had begun is taken in";
    const std::lock_guard lock(mutex);
    for (Respond& respond : held) respond({});
  });
  EXPECT_TRUE((*server)->drain(std::chrono::seconds(5)));
  answers.join();
  (*server)->stop();
  for (RawClient* each : {&whole, &half}) {
    const std::string answer = each->receive();
    EXPECT_EQ(status_of(answer), "200");
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  }
}

// Clients that ask without a pause while the server is drained and stopped: each is answered whole, or its connection
// ends before a byte of an answer; none gets half of one.
TEST(Server, AStopUnderLoadCutsNoAnswer) {
  for (int round = 0; round < 10; ++round) {
    const std::string body(2000, 'x');
    auto server = std::move(*Server::start(
        on_a_free_port(), router_to([&](Routed routed) { routed.respond({200, "text/plain", body, {}}); })));
    const uint16_t port = server->port();
    std::atomic<bool> stopped{false};
    std::atomic<int> whole{0}, cut{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&] {
        while (!stopped) {
          const std::string answer = talk(port, request("GET", "/x", ""));
          if (answer.empty()) continue;
          (answer.ends_with(body) ? whole : cut)++;
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_TRUE(server->drain(std::chrono::seconds(5)));
    server->stop();
    stopped = true;
    for (auto& client : clients) client.join();
    EXPECT_GT(whole, 0);
    EXPECT_EQ(cut, 0);
  }
}

// A handler that keeps its request until it is told to answer.
class Departures : public ::testing::Test {
 protected:
  Departures() {
    server_ = std::move(*Server::start(on_a_free_port(), router_to([this](Routed routed) {
                                         routed.request.departure->on_leave([this] { ++left_; });
                                         std::lock_guard lock(mutex_);
                                         respond_ = std::move(routed.respond);
                                         ++begun_;
                                       })));
    connected_ = client_.connect(server_->port());
    client_.wait_at_most(2000);
  }
  void wait_until_begun(int count) {
    while (begun_ < count) std::this_thread::yield();
  }
  void respond() {
    std::lock_guard lock(mutex_);
    respond_({});
  }
  bool left(int count) {
    for (int i = 0; i < 2000 && left_ < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return left_ == count;
  }

  std::atomic<int> left_{0}, begun_{0};
  std::mutex mutex_;
  Respond respond_;
  std::unique_ptr<Server> server_;
  RawClient client_;
  bool connected_ = false;
};

TEST_F(Departures, AClientThatGoesIsNoticedWhileTheHandlerWorks) {
  {
    RawClient gone;
    ASSERT_TRUE(gone.connect(server_->port()));
    gone.send(request("GET", "/x", ""));
    wait_until_begun(1);
    EXPECT_EQ(left_, 0);
  }
  EXPECT_TRUE(left(1));
  respond();  // goes nowhere
}

TEST_F(Departures, AClientThatSentAheadAndWentIsNoticedToo) {
  {
    RawClient gone;
    ASSERT_TRUE(gone.connect(server_->port()));
    gone.send("GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_until_begun(1);
    gone.send("GET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(left_, 0);
  }
  EXPECT_TRUE(left(1));
}

// It may still read: its work ends, and what its handler says of that reaches it.
TEST_F(Departures, AHalfClosedClientHasLeftAndIsAnswered) {
  ASSERT_TRUE(connected_);
  client_.send("GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  wait_until_begun(1);
  ::shutdown(client_.socket(), SHUT_WR);
  EXPECT_TRUE(left(1));
  respond();
  EXPECT_EQ(status_of(client_.receive()), "200");
}

TEST_F(Departures, APatientClientIsAnsweredWhenItsOwnTimeIsOver) {
  ASSERT_TRUE(connected_);
  const auto begin = std::chrono::steady_clock::now();
  client_.send("GET /1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx-request-timeout-ms: 50\r\n\r\n");
  EXPECT_EQ(status_of(client_.receive()), "504");
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, std::chrono::milliseconds(50) + kPatienceGrace);
  EXPECT_EQ(left_, 1) << "what is still worked on is told that nobody waits";
  respond();  // goes nowhere
}

TEST_F(Departures, AnAnsweredRequestHasNobodyToLose) {
  ASSERT_TRUE(connected_);
  client_.send("GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  wait_until_begun(1);
  client_.send("GET /2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");  // ahead of the answer
  respond();
  wait_until_begun(2);
  respond();
  const std::string answers = client_.receive();
  EXPECT_NE(answers.find("HTTP/1.1 200", 1), std::string::npos) << answers;
  EXPECT_EQ(left_, 0);
}

}  // namespace
}  // namespace fovea::http
