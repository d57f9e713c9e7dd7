#include "door/grpc/server.h"

#include <absl/synchronization/mutex.h>
#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "door/grpc/acceptor.h"
#include "door/grpc/credentials.h"
#include "door/grpc/reactor.h"
#include "serve/wire_grpc/callback_queue.h"

namespace fovea::rpc {
namespace {

template <typename Duration>
int ms(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

class EveryMethod final : public ::grpc::CallbackGenericService {
 public:
  explicit EveryMethod(Service& service) : service_(service) {}
  ::grpc::ServerGenericBidiReactor* CreateReactor(::grpc::GenericCallbackServerContext* context) override {
    ++begun_;
    return make_reactor(service_, clock_, live_, *context);
  }
  size_t live() const { return *live_; }
  uint64_t begun() const { return begun_; }

 private:
  Service& service_;
  const SystemClock clock_;
  const CallCount live_ = std::make_shared<std::atomic<size_t>>(0);
  std::atomic<uint64_t> begun_{0};
};

class RealServer final : public Server {
 public:
  explicit RealServer(Service& service) : service_(service), methods_(service) {}
  ~RealServer() override { stop(); }

  Result<void> listen(const ServerOptions& options) {
    FOVEA_TRY(const Address address, checked_address(options));
    FOVEA_TRY(const auto credentials, credentials_of(options));
    size_t per_address = options.connections_per_address_max;
    if (per_address == 0) {
      per_address = address.loopback ? options.connections_max : std::max<size_t>(options.connections_max / 2, 1);
    }
    FOVEA_TRY(acceptor_, Acceptor::listen(address.host, options.port, {options.connections_max, per_address}));
    // Built with assertions, as Debian's is, absl looks for deadlocks at each lock, under a lock of the whole process.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    // They would write a line for every client whose handshake fails, and for every text that is no UTF-8.
    if (!std::getenv("GRPC_VERBOSITY")) {
      gpr_set_log_function([](gpr_log_func_args*) {});
      ::google::protobuf::SetLogHandler(nullptr);
    }
    grpc_wire::keep_callback_queue();
    ::grpc::ServerBuilder builder;
    auto door = builder.experimental().AddExternalConnectionAcceptor(
        ::grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials);
    builder.RegisterCallbackGenericService(&methods_);
    builder.SetMaxReceiveMessageSize(static_cast<int>(options.message_bytes_max));
    builder.SetMaxSendMessageSize(-1);  // answers are as large as what was asked for; wire/limits.h
    set_arguments(builder);
    server_ = builder.BuildAndStart();
    if (!server_) return fail(Code::kInternal, "gRPC does not start", options.address);
    door_ = std::move(door);
    acceptor_->start([this](int socket) {
      ::grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.fd = socket;
      door_->HandleNewConnection(&connection);
    });
    return {};
  }

  uint16_t port() const override { return acceptor_->port(); }
  size_t connections() const override { return acceptor_->open(); }

  bool drain(std::chrono::milliseconds grace) override {
    if (!server_) return true;
    const auto until = std::chrono::steady_clock::now() + grace;
    service_.drain();
    while (methods_.live() > 0 && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const bool all = methods_.live() == 0;
    acceptor_->stop();
    if (all && grace.count() > 0) refuse_until_quiet();
    // Says GOAWAY and waits until every client has closed its connection: most do at once, and none has a call any
    // more.
    server_->Shutdown(std::chrono::system_clock::now() + (all ? kCloseWithin : std::chrono::milliseconds(0)));
    server_.reset();
    return all;
  }

  void stop() override { drain(std::chrono::milliseconds(0)); }

 private:
  void refuse_until_quiet() const {
    using Steady = std::chrono::steady_clock;
    const auto until = Steady::now() + kStopRefusing;
    auto quiet_since = Steady::now();
    for (uint64_t seen = methods_.begun(); Steady::now() < until && Steady::now() - quiet_since < kStopQuiet;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (methods_.begun() == seen && methods_.live() == 0) continue;
      seen = methods_.begun();
      quiet_since = Steady::now();
    }
  }

  static void set_arguments(::grpc::ServerBuilder& builder) {
    const auto set = [&](const char* name, int value) { builder.AddChannelArgument(name, value); };
    set(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    set(GRPC_ARG_ENABLE_CHANNELZ, 0);  // nobody asks for its counts of every call
    set(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
    set(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(kMetadataBytesMax));
    set(GRPC_ARG_KEEPALIVE_TIME_MS, ms(kPingEvery));
    set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ms(kPingAnswerWithin));
    set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, ms(kClientPingsApart));
    set(GRPC_ARG_HTTP2_MAX_PING_STRIKES, kPingStrikesMax);
    set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, ms(kHandshakeWithin));
    set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, ms(kIdleWithin));
  }

  Service& service_;
  EveryMethod methods_;
  std::unique_ptr<::grpc::experimental::ExternalConnectionAcceptor> door_;
  std::unique_ptr<::grpc::Server> server_;
  std::unique_ptr<Acceptor> acceptor_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Service& service) {
  auto server = std::make_unique<RealServer>(service);
  FOVEA_OK(server->listen(options));
  return server;
}

}  // namespace fovea::rpc
