// A client of bytes for tests and the fuzzer: says exactly what it is told, and gives back all that was answered.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace fovea::http {

class RawClient {
 public:
  RawClient() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {}
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  int socket() const { return socket_; }
  void wait_at_most(int ms) {
    timeval wait{ms / 1000, ms % 1000 * 1000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  }
  bool connect(uint16_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  void send(std::string_view bytes, size_t piece = SIZE_MAX) {
    while (!bytes.empty()) {
      ssize_t n = ::send(socket_, bytes.data(), std::min(piece, bytes.size()), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  std::string receive() {  // until the server closes or the wait passes without a byte
    std::string out;
    char buffer[4096];
    for (ssize_t n; (n = ::recv(socket_, buffer, sizeof buffer, 0)) > 0;) out.append(buffer, static_cast<size_t>(n));
    return out;
  }

 private:
  int socket_;
};

}  // namespace fovea::http
