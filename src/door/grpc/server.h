// The gRPC door's socket side: loopback by default, TLS and credentials elsewhere, with limits on what a client can
// send. Journey: every call is handed to a Service, which answers now or later, from any thread. Borrows `service`,
// which must outlive it. Threads: its own; drain() and stop() from any other. Errors: kInvalidArgument (options that
// are not safe or cannot be used, with a hint), kUnavailable (the port is taken).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "door/grpc/limits.h"
#include "door/grpc/service.h"

namespace fovea::rpc {

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8081;              // 0: any free one
  std::string tls_certificate = {};  // PEM files
  std::string tls_key = {};
  std::string tls_client_ca = {};  // clients must show a certificate of these authorities; empty: they need none
  bool keys_asked = false;         // callers show a key; off loopback that, or tls_client_ca, must be so
  size_t message_bytes_max = kMessageBytesMax;
  size_t connections_max = kConnectionsMax;
  size_t connections_per_address_max = 0;  // 0: as many on loopback, else half of them
};

class Server {
 public:
  virtual ~Server() = default;
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Service& service);
  virtual uint16_t port() const = 0;
  virtual size_t connections() const = 0;  // that are open
  // No new connections and no new calls; streams end behind the requests that they took. Waits until every call is
  // answered and sent; false: not all within `grace`, and those that were not are ended.
  virtual bool drain(std::chrono::milliseconds grace) = 0;
  virtual void stop() = 0;  // ends every call. Also in the destructor
};

}  // namespace fovea::rpc
