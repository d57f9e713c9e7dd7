// Any bytes from a client, over a real socket and in pieces (first byte: how large): what comes back is nothing or
// HTTP/1.1 answers, the connection ends, and the server goes on answering.
#include <netinet/tcp.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "door/http/events_api.h"
#include "door/http/raw_client_test.h"
#include "door/http/server.h"

namespace {

using namespace fovea;

// A server whose flow takes whatever comes.
struct Served {
  SystemClock clock;
  access::OpenAccess access;
  connectors::HttpSource source{"http:fuzz"};
  std::unique_ptr<http::Server> server;
  std::thread flow;

  Served() {
    auto router = http::Router::create(http::events_routes({{"f", &source}}, clock), access);
    http::ServerOptions options;
    options.port = 0;
    auto started = http::Server::start(options, router ? *router : nullptr);
    if (!started) std::abort();
    server = std::move(*started);
    flow = std::thread([this] {
      for (;;) {
        auto pulled = source.pull(100, clock.now(), std::chrono::milliseconds(20));
        if (!pulled || pulled->exhausted) return;
        std::vector<connectors::Receipt> receipts;
        for (auto& event : pulled->events) receipts.push_back({event.id, false});
        source.acknowledge(source.cursor(), receipts);
      }
    });
  }
};

std::string talk(uint16_t port, std::string_view bytes, size_t piece) {
  http::RawClient client;
  int on = 1;
  ::setsockopt(client.socket(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Closed by a reset: thousands of connections a second would otherwise use up the ports.
  linger reset{1, 0};
  ::setsockopt(client.socket(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  if (!client.connect(port)) std::abort();
  client.send(bytes, piece);
  ::shutdown(client.socket(), SHUT_WR);
  return client.receive();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Served& served = *new Served;  // never taken down: OpenSSL's own end comes before that of statics
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t piece = data[0] == 0 ? bytes.size() + 1 : std::max<size_t>(data[0], bytes.size() / 64);
  std::string answer = talk(served.server->port(), bytes, piece);
  if (!answer.empty() && !answer.starts_with("HTTP/1.1 ")) std::abort();
  static uint32_t turns = 0;
  if (++turns % 64 == 0) {
    std::string health = talk(served.server->port(), "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 4096);
    if (!health.starts_with("HTTP/1.1 200")) std::abort();
  }
  return 0;
}
