// A small HTTP/1.1 server: loopback by default, TLS and a token elsewhere, with limits on everything a client can send.
// Journey: hands each request to one handler, which answers now or later, from any thread.
// Threads: its own; stop() from any other.
// Errors: kInvalidArgument (options that are not safe, with a hint), kUnavailable (the port is taken).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "door/http/departure.h"
#include "door/http/limits.h"

namespace fovea::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "POST"
  std::string target;  // "/v1/events/smoke?x=1"
  Headers headers;
  std::string body;
  std::shared_ptr<Departure> departure;  // null where nobody watches the client
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  Headers headers;
};

using Respond = std::function<void(Response)>;          // calls after the first do nothing
using Handler = std::function<void(Request, Respond)>;  // called from the server's threads

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;         // 0: any free one
  std::string tls_certificate;  // PEM files
  std::string tls_key;
  std::string token;  // "Authorization: Bearer ..."; needed off loopback, checked wherever it is given
  uint64_t body_bytes_max = kBodyBytesMax;
  size_t connections_max = kConnectionsMax;
  std::chrono::seconds answer_within = kAnswerWithin;  // the handler
  int threads = 2;
};

class Server {
 public:
  virtual ~Server() = default;
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  virtual uint16_t port() const = 0;
  // No new connections; open ones close behind their answers. Waits until every request that came in is answered and
  // sent; false: not all within `grace`.
  virtual bool drain(std::chrono::milliseconds grace) = 0;
  virtual void stop() = 0;  // no new connections; open ones are closed. Also in the destructor
};

}  // namespace fovea::http
