#include "door/grpc/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "door/grpc/limits.h"

namespace fovea::rpc {
namespace {

struct Place {
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&address); }

  uint16_t port() const {
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                               : reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  std::string host() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* from = address.ss_family == AF_INET6
                           ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
                           : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr);
    return inet_ntop(address.ss_family, from, text.data(), text.size()) ? text.data() : "";
  }
};

bool place_of(const std::string& host, uint16_t port, Place& out) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(out.address);
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    out.size = sizeof v4;
    return true;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out.address);
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return false;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  out.size = sizeof v6;
  return true;
}

bool out_of_descriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Acceptor::Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Acceptor::Descriptor& Acceptor::Descriptor::operator=(Descriptor&& other) noexcept {
  Descriptor old(std::exchange(fd_, other.release()));
  return *this;
}

int Acceptor::Descriptor::release() {
  return std::exchange(fd_, -1);
}

Result<std::unique_ptr<Acceptor>> Acceptor::listen(const std::string& host, uint16_t port, AcceptLimits limits) {
  Place place;
  if (!place_of(host, port, place)) return fail(Code::kInvalidArgument, "is no address", host);
  std::unique_ptr<Acceptor> made(new Acceptor(limits));
  made->listening_ = Descriptor(::socket(place.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  made->wake_ = Descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  made->events_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  const int socket = made->listening_.get(), on = 1;
  const bool listens = socket >= 0 && ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                       ::bind(socket, place.get(), place.size) == 0 && ::listen(socket, SOMAXCONN) == 0 &&
                       ::getsockname(socket, place.get(), &place.size) == 0;
  if (!listens || !made->watch(socket, EPOLLIN) || !made->watch(made->wake_.get(), EPOLLIN)) {
    return fail(Code::kUnavailable, fmt::format("cannot listen: {}", std::strerror(errno)),
                fmt::format("{}:{}", host, port), "is another program using the port?");
  }
  made->port_ = place.port();
  return made;
}

Acceptor::~Acceptor() {
  stop();
}

void Acceptor::start(Take take) {
  thread_ = std::thread([this, take = std::move(take)] { run(take); });
}

void Acceptor::stop() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
    thread_.join();
  }
  listening_ = Descriptor();
}

bool Acceptor::watch(int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Acceptor::run(const Take& take) {
  std::array<epoll_event, 64> ready{};
  for (;;) {
    const int count = ::epoll_wait(events_.get(), ready.data(), static_cast<int>(ready.size()), -1);
    bool wanted = false;
    for (int i = 0; i < count; ++i) {
      const int fd = ready[static_cast<size_t>(i)].data.fd;
      if (fd == wake_.get()) return;
      if (fd == listening_.get()) {
        wanted = true;
      } else if (ready[static_cast<size_t>(i)].events & EPOLLHUP) {
        forget(fd);
      }
    }
    if (wanted) accept_all(take);  // behind those that made room
  }
}

void Acceptor::accept_all(const Take& take) {
  for (;;) {
    Place place;
    Descriptor socket(::accept4(listening_.get(), place.get(), &place.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() >= 0) {
      admit(std::move(socket), place.host(), take);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    // The next one may find room; asking at once would only spin.
    if (out_of_descriptors(errno)) std::this_thread::sleep_for(kAcceptPause);
    return;
  }
}

void Acceptor::admit(Descriptor socket, std::string address, const Take& take) {
  size_t& of_address = by_address_[address];
  Descriptor second;
  if (connections_.size() < limits_.connections_max && of_address < limits_.per_address_max) {
    second = Descriptor(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  }
  // No events but the hang-up, which is always told; once.
  if (second.get() < 0 || !watch(second.get(), EPOLLET)) {
    if (of_address == 0) by_address_.erase(address);
    ++refused_;
    return;
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ++of_address;
  const int key = second.get();
  connections_.emplace(key, Watched{std::move(second), std::move(address)});
  open_ = connections_.size();
  take(socket.release());
}

void Acceptor::forget(int watched) {
  const auto found = connections_.find(watched);
  if (found == connections_.end()) return;
  if (const auto count = by_address_.find(found->second.address); --count->second == 0) by_address_.erase(count);
  connections_.erase(found);
  open_ = connections_.size();
}

}  // namespace fovea::rpc
