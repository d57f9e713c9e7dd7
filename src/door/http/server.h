// A small HTTP/1.1 server: loopback by default, TLS and credentials elsewhere, with limits on everything a client can
// send.
// Journey: hands each request to the router, before its body is read, and then to the route's handler, which answers
// now or later, from any thread. Threads: its own; drain() and stop() from any other. Errors: kInvalidArgument (options
// that are not safe, with a hint), kUnavailable (the port is taken).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "door/access/limits.h"
#include "door/http/limits.h"
#include "door/http/request.h"
#include "door/http/router.h"

namespace fovea::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;         // 0: any free one
  std::string tls_certificate;  // PEM files, read again when they change
  std::string tls_key;
  std::string tls_client_ca;  // every client must show a certificate of it; empty: none is asked for
  uint64_t body_bytes_max = kBodyBytesMax;
  size_t connections_max = kConnectionsMax;
  size_t connections_per_address_max = 0;              // 0: half of them, and all of them on loopback
  std::chrono::seconds answer_within = kAnswerWithin;  // the handler
  size_t unsent_bytes_max = access::kUnsentBytesMax;   // of large answers that their clients have not taken
  int threads = 2;
};

class Server {
 public:
  virtual ~Server() = default;
  static Result<std::unique_ptr<Server>> start(ServerOptions options, std::shared_ptr<const Router> router);
  virtual uint16_t port() const = 0;
  // No new connections; open ones close behind their answers. Waits until every request that came in is answered and
  // sent; false: not all within `grace`.
  virtual bool drain(std::chrono::milliseconds grace) = 0;
  virtual void stop() = 0;  // no new connections; open ones are closed. Also in the destructor
};

}  // namespace fovea::http
