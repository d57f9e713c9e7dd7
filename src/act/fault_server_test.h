// A server on loopback for tests, that does to each connection what the test says. One thread a connection.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace fovea::act {

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  void send(std::string_view text) {
    while (!text.empty()) {
      ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<size_t>(n));
    }
  }
  // Up to and with `end`; what came where the other side ends first.
  std::string read_until(std::string_view end) {
    for (;;) {
      if (size_t at = pending_.find(end); at != std::string::npos) {
        std::string out = pending_.substr(0, at + end.size());
        pending_.erase(0, at + end.size());
        return out;
      }
      if (!more()) return std::exchange(pending_, {});
    }
  }
  // An HTTP request with its body; empty at the end of the connection.
  std::string read_request() {
    std::string head = read_until("\r\n\r\n");
    size_t at = head.find("Content-Length: ");
    size_t bytes = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    while (pending_.size() < bytes && more()) {
    }
    head += pending_.substr(0, bytes);
    pending_.erase(0, bytes);
    return head;
  }
  void wait_for_end() {
    while (more()) pending_.clear();
  }

 private:
  bool more() {
    char buffer[4096];
    ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n > 0) pending_.append(buffer, static_cast<size_t>(n));
    return n > 0;
  }
  int fd_;
  std::string pending_;
};

class FaultServer {
 public:
  using Script = std::function<void(Connection& connection, size_t number)>;  // the connection ends when it returns

  explicit FaultServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 16);
    socklen_t length = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~FaultServer() {
    ended_ = true;
    acceptor_.join();
    ::close(listener_);
    {
      std::lock_guard lock(mutex_);
      for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& each : threads_) each.join();
    for (int fd : open_) ::close(fd);
  }
  std::string at(std::string_view scheme) const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_);
  }
  size_t connections() const { return count_; }

 private:
  void accept_all() {
    while (!ended_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) continue;
      size_t number = count_++;
      std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd, number] {
        Connection connection(fd);
        script_(connection, number);
        ::shutdown(fd, SHUT_RDWR);
      });
    }
  }

  Script script_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> ended_{false};
  std::atomic<size_t> count_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace fovea::act
