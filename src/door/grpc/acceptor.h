// The listening socket of the gRPC door: takes connections, at most so many at once, and hands them on. gRPC itself
// (1.51) takes as many as come. One past the limit is closed at once, which clients tell as UNAVAILABLE and try again
// later. A connection counts until both of its directions are shut down; to see that, it is held by a second
// descriptor. Threads: its own, in which `take` is called; the others from any. Errors: kUnavailable (the port is
// taken).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/error.h"

namespace fovea::rpc {

struct AcceptLimits {
  size_t connections_max = 0;
  size_t per_address_max = 0;  // of one client's address
};

class Acceptor {
 public:
  using Take = std::function<void(int socket)>;  // owns the socket, which does not block

  // `host`: an IPv4 or IPv6 address. `port` 0: any free one. Connections wait until start().
  static Result<std::unique_ptr<Acceptor>> listen(const std::string& host, uint16_t port, AcceptLimits limits);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void start(Take take);
  void stop();  // no more connections; those that were taken stay open. Also in the destructor

  uint16_t port() const { return port_; }
  size_t open() const { return open_; }
  uint64_t refused() const { return refused_; }

 private:
  // A descriptor that is closed with it.
  class Descriptor {
   public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    int get() const { return fd_; }
    int release();

   private:
    int fd_;
  };
  struct Watched {
    Descriptor descriptor;
    std::string address;
  };

  explicit Acceptor(AcceptLimits limits) : limits_(limits) {}
  bool watch(int fd, uint32_t events);
  void run(const Take& take);
  void accept_all(const Take& take);
  void admit(Descriptor socket, std::string address, const Take& take);
  void forget(int watched);

  const AcceptLimits limits_;
  uint16_t port_ = 0;
  Descriptor listening_, wake_, events_;
  std::unordered_map<int, Watched> connections_;  // by their second descriptor; of the thread
  std::map<std::string, size_t> by_address_;      // of the thread
  std::atomic<size_t> open_{0};
  std::atomic<uint64_t> refused_{0};
  std::thread thread_;
};

}  // namespace fovea::rpc
