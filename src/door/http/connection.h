// One accepted connection: reads requests within the limits, hands them on, writes answers, one at a time.
// Seen by server.cpp only: it holds the heavy headers (Beast).
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "door/access/unsent_answers.h"
#include "door/http/server.h"
#include "door/http/tls.h"

namespace fovea::http {

using Tcp = boost::asio::ip::tcp;

// What all connections of a server share. Connections do not outlive their loop's run.
struct Shared {
  // Throws boost::system::system_error where the system has no room for a loop.
  explicit Shared(ServerOptions given) : options(std::move(given)), unsent(options.unsent_bytes_max) {
    for (int i = 0; i < std::max(options.threads, 1); ++i) {
      loops.emplace_back(1);
      const Tcp::socket first(loops.back());  // what a loop needs of the system it has from now on
    }
  }

  const ServerOptions options;
  access::UnsentAnswers unsent;
  std::shared_ptr<const Router> router;
  std::unique_ptr<Tls> tls;  // null: none
  // One for each thread. A connection stays with one of them, so that what it does needs no lock, and wakes nobody.
  std::deque<boost::asio::io_context> loops;
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
