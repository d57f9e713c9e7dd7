// Requests over HTTP/1.1: connections are opened ahead, as many as the link says, and as they are needed, up to a
// number; what finds none free waits its turn, and its latency counts.
// Borrows `io` and `payloads`, which outlive it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "door/load/payload.h"
#include "door/load/target.h"
#include "door/load/transport.h"

namespace boost::asio {
class io_context;
}

namespace fovea::load {

struct HttpLink {
  Target target;
  std::string address;  // numeric, as reach() found it
  std::string ca;       // a PEM file of authorities; empty: the system's
  int connections = 1;  // at most
  int open = 0;         // of them, ahead of the first request
  Protocol protocol = Protocol::kV2;
  bool binary = false;
  // Of gRPC alone, where each call has its own; HTTP's requests hold them already.
  std::chrono::milliseconds timeout{0};
  std::string token = {};
};

// The numeric address of the target that takes a connection. Blocks for kConnectWithin at most.
// Errors: kUnavailable.
Result<std::string> reach(const Target& target);

// Errors: kInvalidArgument (authorities that cannot be read).
Result<std::unique_ptr<Transport>> make_http_transport(boost::asio::io_context& io, const HttpLink& link,
                                                       const std::vector<Payload>& payloads, Hear hear);

}  // namespace fovea::load
