#include "door/http/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "door/http/connection.h"
#include "door/http/limits.h"

namespace fovea::http {
namespace {

namespace asio = boost::asio;

class RealServer final : public Server {
 public:
  explicit RealServer(std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)), acceptor_(shared_->loops.front()), pause_(shared_->loops.front()) {}
  ~RealServer() override { stop(); }

  Result<void> listen(const Tcp::endpoint& endpoint) {
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(Code::kUnavailable, fmt::format("cannot listen: {}", error.message()),
                  fmt::format("{}:{}", shared_->options.address, shared_->options.port),
                  "is another program using the port?");
    }
    port_ = acceptor_.local_endpoint().port();
    accept();
    for (asio::io_context& loop : shared_->loops) {
      threads_.emplace_back([&loop] {
        const auto stay = asio::make_work_guard(loop);
        loop.run();
      });
    }
    return {};
  }

  uint16_t port() const override { return port_; }

  bool drain(std::chrono::milliseconds grace) override {
    using Steady = std::chrono::steady_clock;
    shared_->draining = true;
    asio::post(acceptor_.get_executor(), [this] { accept_the_last(); });
    const auto until = Steady::now() + grace;
    for (auto quiet_since = Steady::now(); Steady::now() - quiet_since < kDrainQuiet;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (shared_->busy > 0) quiet_since = Steady::now();
      if (Steady::now() >= until) return shared_->busy == 0;
    }
    return true;
  }

  void stop() override {
    for (asio::io_context& loop : shared_->loops) loop.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    boost::system::error_code ignored;
    acceptor_.close(ignored);  // nobody else is at it any more
  }

 private:
  // In the first loop, as everything that touches the acceptor.
  void accept() {
    acceptor_.async_accept(next_loop(), [this](boost::system::error_code error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
      if (error) return accept_later();
      take(std::move(socket));
      accept();
    });
  }

  asio::io_context& next_loop() { return shared_->loops[turn_++ % shared_->loops.size()]; }

  void take(Tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    serve_connection(shared_, std::move(socket));
  }

  // Clients that connected before the end was known have perhaps sent their requests already.
  void accept_the_last() {
    boost::system::error_code error;
    acceptor_.cancel(error);
    acceptor_.non_blocking(true, error);
    while (!error) {
      Tcp::socket socket(next_loop());
      acceptor_.accept(socket, error);
      if (!error) take(std::move(socket));
    }
    acceptor_.close(error);
  }

  // After "too many open files" the next one may find room; asking at once would only spin.
  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](boost::system::error_code error) {
      if (!error && acceptor_.is_open()) accept();
    });
  }

  std::shared_ptr<Shared> shared_;
  Tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::vector<std::thread> threads_;
  size_t turn_ = 0;
  uint16_t port_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, std::shared_ptr<const Router> router) {
  boost::system::error_code error;
  const std::string name = options.address == "localhost" ? "127.0.0.1" : options.address;
  const auto address = asio::ip::make_address(name, error);
  if (error) {
    return fail(Code::kInvalidArgument, fmt::format("'{}' is not an address", options.address), "",
                "127.0.0.1, ::1 or an address of this machine");
  }
  const bool tls = !options.tls_certificate.empty() && !options.tls_key.empty();
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return fail(Code::kInvalidArgument, "TLS needs a certificate and a key", options.address);
  }
  if (!options.tls_client_ca.empty() && !(tls && router->guarded())) {
    return fail(Code::kInvalidArgument, "certificates of clients need TLS, and keys that say what each client may",
                options.tls_client_ca, "give a certificate and a key of the server, and a file of keys");
  }
  if (!address.is_loopback() && !(tls && router->guarded())) {
    return fail(Code::kInvalidArgument, "an address that other machines reach needs TLS and credentials",
                options.address, "give a certificate, a key, and keys or a token; or listen on 127.0.0.1");
  }
  if (options.connections_per_address_max == 0) {
    options.connections_per_address_max =
        address.is_loopback() ? options.connections_max : std::max<size_t>(options.connections_max / 2, 1);
  }
  std::shared_ptr<Shared> shared;
  std::unique_ptr<RealServer> server;
  try {
    shared = std::make_shared<Shared>(std::move(options));
    server = std::make_unique<RealServer>(shared);
  } catch (const boost::system::system_error& caught) {
    return fail(Code::kResourceExhausted, fmt::format("cannot listen: {}", caught.what()), address.to_string(),
                "raise the limit of open files (ulimit -n)");
  }
  shared->router = std::move(router);
  if (tls) {
    FOVEA_TRY(shared->tls,
              Tls::create({shared->options.tls_certificate, shared->options.tls_key, shared->options.tls_client_ca}));
  }
  FOVEA_OK(server->listen({address, shared->options.port}));
  return server;
}

}  // namespace fovea::http
