// One accepted connection: reads requests within the limits, hands them on, writes answers, one at a time.
// Seen by server.cpp only: it holds the heavy headers (Beast).
#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "door/access/unsent_answers.h"
#include "door/http/server.h"
#include "door/http/tls.h"

namespace fovea::http {

using Tcp = boost::asio::ip::tcp;

// What all connections of a server share. Connections do not outlive its io_context's run.
struct Shared {
  explicit Shared(ServerOptions given) : options(std::move(given)), unsent(options.unsent_bytes_max) {}

  const ServerOptions options;
  access::UnsentAnswers unsent;
  std::shared_ptr<const Router> router;
  std::unique_ptr<Tls> tls;  // null: none
  boost::asio::io_context io;
  std::atomic<size_t> busy{0};  // that have begun to send a request which is not answered
  std::atomic<bool> draining{false};

  // One more connection of the address; false: it has too many, or the server has.
  bool enter(const std::string& address);
  void leave(const std::string& address);

 private:
  std::mutex mutex_;
  std::map<std::string, size_t> connections_;  // by address
  size_t all_ = 0;
};

// Takes over an accepted socket; over TLS where shared->tls is set.
void serve_connection(std::shared_ptr<Shared> shared, Tcp::socket socket);

}  // namespace fovea::http
