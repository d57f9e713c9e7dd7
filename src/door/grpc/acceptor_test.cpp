#include "door/grpc/acceptor.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <mutex>
#include <vector>

namespace fovea::rpc {
namespace {

using namespace std::chrono_literals;

// Sockets that were handed on, closed as a server of connections closes them: shut down first.
class Taken {
 public:
  ~Taken() {
    while (size() > 0) close_one();
  }
  void add(int socket) {
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
  }
  size_t size() const {
    const std::lock_guard lock(mutex_);
    return sockets_.size();
  }
  void close_one() {
    const std::lock_guard lock(mutex_);
    ::shutdown(sockets_.back(), SHUT_RDWR);
    ::close(sockets_.back());
    sockets_.pop_back();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<int> sockets_;
};

class AcceptorTest : public ::testing::Test {
 protected:
  ~AcceptorTest() override {
    if (acceptor_) acceptor_->stop();
    for (const int each : clients_) ::close(each);
  }
  void listen(AcceptLimits limits, const std::string& host = "127.0.0.1") {
    auto made = Acceptor::listen(host, 0, limits);
    ASSERT_TRUE(made) << made.error().text();
    acceptor_ = std::move(*made);
    acceptor_->start([this](int socket) { taken_.add(socket); });
  }
  // From 127.0.0.`from`.
  int connect(int from = 1) {
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in here{}, there{};
    here.sin_family = there.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(0x7F000000U + static_cast<uint32_t>(from));
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    there.sin_port = htons(acceptor_->port());
    EXPECT_EQ(::bind(client, reinterpret_cast<sockaddr*>(&here), sizeof here), 0);
    EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&there), sizeof there), 0);
    clients_.push_back(client);
    return client;
  }
  static bool is_closed(int client) {
    char byte = 0;
    return ::recv(client, &byte, 1, 0) <= 0;
  }
  static bool until(const std::function<bool()>& holds) {
    for (int i = 0; i < 500 && !holds(); ++i) std::this_thread::sleep_for(10ms);
    return holds();
  }

  Taken taken_;
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<int> clients_;
};

TEST_F(AcceptorTest, TakesUpToTheLimitAndClosesWhatIsPastIt) {
  listen({4, 4});
  for (int i = 0; i < 4; ++i) connect();
  ASSERT_TRUE(until([&] { return taken_.size() == 4; }));
  EXPECT_EQ(acceptor_->open(), 4U);
  EXPECT_TRUE(is_closed(connect()));
  EXPECT_EQ(acceptor_->refused(), 1U);
  EXPECT_EQ(taken_.size(), 4U);
  taken_.close_one();
  ASSERT_TRUE(until([&] { return acceptor_->open() == 3; }));
  connect();
  ASSERT_TRUE(until([&] { return taken_.size() == 4; }));
  EXPECT_TRUE(is_closed(connect()));
}

TEST_F(AcceptorTest, AClientThatGoesMakesRoomWhenItsConnectionIsClosed) {
  listen({1, 1});
  const int client = connect();
  ASSERT_TRUE(until([&] { return taken_.size() == 1; }));
  ::shutdown(client, SHUT_WR);  // half of it: the server may still answer
  std::this_thread::sleep_for(30ms);
  EXPECT_EQ(acceptor_->open(), 1U);
  taken_.close_one();
  EXPECT_TRUE(until([&] { return acceptor_->open() == 0; }));
  EXPECT_TRUE(is_closed(client));
}

TEST_F(AcceptorTest, OfOneAddressNoMoreThanItsShare) {
  listen({4, 2});
  connect(1);
  connect(1);
  EXPECT_TRUE(is_closed(connect(1)));
  connect(2);
  connect(3);
  ASSERT_TRUE(until([&] { return taken_.size() == 4; }));
  EXPECT_TRUE(is_closed(connect(4)));
}

TEST_F(AcceptorTest, StopsAndLeavesWhatItTook) {
  listen({4, 4}, "::1");
  EXPECT_EQ(Acceptor::listen("::1", acceptor_->port(), {1, 1}).error().code, Code::kUnavailable);
  acceptor_->stop();
  EXPECT_TRUE(Acceptor::listen("::1", acceptor_->port(), {1, 1}));
  EXPECT_EQ(Acceptor::listen("localhost", 0, {1, 1}).error().code, Code::kInvalidArgument);
}

// The connection that finds no descriptor waits; it is taken when there is one.
TEST_F(AcceptorTest, WithoutDescriptorsItWaits) {
  listen({8, 8});
  connect();
  ASSERT_TRUE(until([&] { return taken_.size() == 1; }));
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  clients_.push_back(client);
  rlimit before{}, none{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  none = before;
  none.rlim_cur = static_cast<rlim_t>(client);  // all below are taken, or will not suffice
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  there.sin_port = htons(acceptor_->port());
  EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&there), sizeof there), 0);
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(taken_.size(), 1U);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(until([&] { return taken_.size() == 2; }));
}

}  // namespace
}  // namespace fovea::rpc
