// An HTTP server on loopback for tests: a function answers each request. One thread a connection, connections are kept.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace fovea::fetch {

struct ScriptedRequest {
  std::string method, target, head, body;            // head: the header lines
  std::string header(std::string_view name) const {  // "Range"; empty: not there
    const std::string begin = "\r\n" + std::string(name) + ": ";
    const size_t at = head.find(begin);
    if (at == std::string::npos) return "";
    const size_t from = at + begin.size();
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

struct ScriptedReply {
  int status = 200;
  std::string headers;  // "X: y\r\n"
  std::string body;
  size_t cut_after = std::string::npos;  // bytes of the body, then the connection ends
  bool hang = false;                     // after that, instead
};

class ScriptedHttp {
 public:
  using Script = std::function<ScriptedReply(const ScriptedRequest& request)>;

  explicit ScriptedHttp(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 64);
    socklen_t length = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~ScriptedHttp() {
    ended_ = true;
    acceptor_.join();
    {
      std::lock_guard lock(mutex_);
      for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& each : threads_) each.join();
    for (int fd : open_) ::close(fd);
    ::close(listener_);
  }
  std::string url(std::string_view path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  uint16_t port() const { return port_; }
  size_t connections() const {
    std::lock_guard lock(mutex_);
    return open_.size();
  }
  std::vector<ScriptedRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    while (!ended_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) continue;
      std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd] { serve(fd); });
    }
  }
  void serve(int fd) {
    std::string pending;
    const auto more = [&] {
      char buffer[1 << 14];
      const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n > 0) pending.append(buffer, static_cast<size_t>(n));
      return n > 0;
    };
    for (;;) {
      size_t end = 0;
      while ((end = pending.find("\r\n\r\n")) == std::string::npos)
        if (!more()) return;
      ScriptedRequest request;
      request.head = pending.substr(0, end + 2);
      pending.erase(0, end + 4);
      if (request.head.find(' ') == std::string::npos) return;  // not HTTP/1.1
      request.method = request.head.substr(0, request.head.find(' '));
      const size_t from = request.method.size() + 1;
      request.target = request.head.substr(from, request.head.find(' ', from) - from);
      const std::string length = request.header("Content-Length");
      const size_t bytes = length.empty() ? 0 : std::stoul(length);
      while (pending.size() < bytes)
        if (!more()) return;
      request.body = pending.substr(0, bytes);
      pending.erase(0, bytes);
      if (!answer(fd, request)) return;
    }
  }
  bool answer(int fd, const ScriptedRequest& request) {
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const ScriptedReply reply = script_(request);
    std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " Status\r\n" + reply.headers;
    if (reply.headers.find("Content-Length:") == std::string::npos)
      out += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    out += "\r\n";
    if (request.method != "HEAD") out += reply.body.substr(0, reply.cut_after);
    send(fd, out);
    if (reply.hang)
      while (!ended_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (reply.hang || reply.cut_after < reply.body.size()) {
      ::shutdown(fd, SHUT_RDWR);
      return false;
    }
    return true;
  }
  static void send(int fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<size_t>(n));
    }
  }

  Script script_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> ended_{false};
  mutable std::mutex mutex_;
  std::vector<ScriptedRequest> requests_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace fovea::fetch
