// One gRPC call under way: what is sent of it, and what has come of its answer.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "door/load/payload.h"
#include "door/load/transport.h"

namespace fovea::load {

struct GrpcFlight {
  Ticket ticket;
  int64_t sent_ns = 0;
  const Payload* payload = nullptr;
  size_t sent = 0;             // bytes, the message's prefix included
  const void* line = nullptr;  // its connection
  int32_t stream = -1;         // of that
  bool given_up = false;       // and heard of
  // Of the answer.
  int http_status = 0;
  std::optional<int> status;                            // grpc-status
  std::string text;                                     // grpc-message
  bool pushback = false;                                // grpc-retry-pushback-ms
  std::string body;                                     // with the message's prefix
  std::list<std::unique_ptr<GrpcFlight>>::iterator at;  // among those of its transport
};

constexpr size_t kGrpcPrefixBytes = 5;  // of a message: packed or not, and its length

// "a%20b" as gRPC writes messages into headers; what is no escape stays.
std::string unescaped(std::string_view text);
// The one message of an answer; null: there is none, or not exactly one, or it is packed.
std::optional<std::string_view> message_in(std::string_view body);

}  // namespace fovea::load
