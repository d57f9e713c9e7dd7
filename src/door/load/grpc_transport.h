// Requests over gRPC: calls are spread over a few connections, each of which carries many at once, so that none waits
// for a free one; what the connections themselves hold back counts as latency. HTTP/2 is nghttp2's: gRPC's own client
// costs the machine several times as much for a call. Borrows `io` and `payloads`, which outlive it.
#pragma once

#include <memory>
#include <vector>

#include "door/load/http_transport.h"
#include "door/load/payload.h"
#include "door/load/transport.h"

namespace fovea::load {

// Errors: kInvalidArgument (authorities that cannot be read).
Result<std::unique_ptr<Transport>> make_grpc_transport(boost::asio::io_context& io, const HttpLink& link,
                                                       const std::vector<Payload>& payloads, Hear hear);

}  // namespace fovea::load
