#include "door/http/server.h"

#include <fmt/format.h>

#include <thread>

#include "door/http/connection.h"
#include "door/http/limits.h"

namespace fovea::http {
namespace {

namespace asio = boost::asio;

class RealServer final : public Server {
 public:
  explicit RealServer(std::shared_ptr<Shared> shared) : shared_(std::move(shared)), acceptor_(shared_->io) {}
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
    for (int i = 0; i < shared_->options.threads; ++i) {
      threads_.emplace_back([io = &shared_->io] { io->run(); });
    }
    return {};
  }

  uint16_t port() const override { return port_; }

  bool drain(std::chrono::milliseconds grace) override {
    shared_->draining = true;
    asio::post(shared_->io, [this] { acceptor_.close(); });
    const auto until = std::chrono::steady_clock::now() + grace;
    while (shared_->busy > 0) {
      if (std::chrono::steady_clock::now() >= until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  void stop() override {
    asio::post(shared_->io, [this] { acceptor_.close(); });
    shared_->io.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void accept() {
    acceptor_.async_accept(asio::make_strand(shared_->io), [this](boost::system::error_code error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return accept_later();
      boost::system::error_code ignored;
      socket.set_option(Tcp::no_delay(true), ignored);
      serve_connection(shared_, std::move(socket));
      accept();
    });
  }

  // After "too many open files" the next one may find room; asking at once would only spin.
  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](boost::system::error_code error) {
      if (!error) accept();
    });
  }

  std::shared_ptr<Shared> shared_;
  Tcp::acceptor acceptor_;
  asio::steady_timer pause_{shared_->io};
  std::vector<std::thread> threads_;
  uint16_t port_ = 0;
};

Result<void> load_tls(Shared& shared) {
  namespace ssl = asio::ssl;
  shared.tls.emplace(ssl::context::tls_server);
  boost::system::error_code error;
  shared.tls->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, error);
  shared.tls->use_certificate_chain_file(shared.options.tls_certificate, error);
  if (error)
    return fail(Code::kInvalidArgument, "cannot use the TLS certificate: " + error.message(),
                shared.options.tls_certificate, "a PEM file");
  shared.tls->use_private_key_file(shared.options.tls_key, ssl::context::pem, error);
  if (error)
    return fail(Code::kInvalidArgument, "cannot use the TLS key: " + error.message(), shared.options.tls_key,
                "a PEM file, not encrypted");
  return {};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  boost::system::error_code error;
  std::string name = options.address == "localhost" ? "127.0.0.1" : options.address;
  auto address = asio::ip::make_address(name, error);
  if (error) {
    return fail(Code::kInvalidArgument, fmt::format("'{}' is not an address", options.address), "",
                "127.0.0.1, ::1 or an address of this machine");
  }
  bool tls = !options.tls_certificate.empty() && !options.tls_key.empty();
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return fail(Code::kInvalidArgument, "TLS needs a certificate and a key", options.address);
  }
  if (!address.is_loopback() && !(tls && !options.token.empty())) {
    return fail(Code::kInvalidArgument, "an address that other machines reach needs TLS and a token", options.address,
                "give a certificate, a key and a token, or listen on 127.0.0.1");
  }
  auto shared = std::make_shared<Shared>();
  shared->options = std::move(options);
  shared->handler = std::move(handler);
  if (tls) FOVEA_OK(load_tls(*shared));
  auto server = std::make_unique<RealServer>(shared);
  FOVEA_OK(server->listen({address, shared->options.port}));
  return server;
}

}  // namespace fovea::http
