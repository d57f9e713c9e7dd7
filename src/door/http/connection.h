// One accepted connection: reads requests within the limits, hands them on, writes answers, one at a time.
// Seen by server.cpp only: it holds the heavy headers (Beast).
#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>
#include <memory>
#include <optional>

#include "door/http/server.h"

namespace fovea::http {

using Tcp = boost::asio::ip::tcp;

// What all connections of a server share. Connections do not outlive its io_context's run.
struct Shared {
  ServerOptions options;
  Handler handler;
  boost::asio::io_context io;
  std::optional<boost::asio::ssl::context> tls;
  std::atomic<size_t> connections{0};
  std::atomic<size_t> busy{0};  // that have a request which is not answered
  std::atomic<bool> draining{false};
};

// Takes over an accepted socket; over TLS where shared->tls is set.
void serve_connection(std::shared_ptr<Shared> shared, Tcp::socket socket);

// Why a request may not be served: a wrong token; or, where no token protects the server, a Host or an Origin that is
// not this machine (a page in a browser may reach loopback). nullopt: it may.
std::optional<Response> refusal(const ServerOptions& options, const Request& request);

}  // namespace fovea::http
