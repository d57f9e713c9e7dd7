// AWS event streams (application/vnd.amazon.eventstream), as they come: bytes in, whole messages out, both checksums
// compared.
// Shapes: a message is [total length u32][headers length u32][CRC-32 of these 8 bytes u32][headers][payload]
// [CRC-32 of all before u32], big-endian; a header is [name length u8][name][type u8][value].
// Source: "Amazon Transcribe: event stream encoding", the same for all their services.
// Errors: kDataLoss (a checksum, a length, a header), kResourceExhausted (a message over kFrameBytesMax).
// Threads: one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace fovea::remote {

struct EventMessage {
  std::vector<std::pair<std::string, std::string>> headers;  // those of type text
  std::string payload;
  std::string_view header(std::string_view name) const;  // empty: not there
};

class EventStreamReader {
 public:
  Result<std::vector<EventMessage>> take(std::string_view bytes);
  bool between_messages() const { return pending_.empty(); }  // nothing is cut off

 private:
  std::string pending_;
};

std::string event_message_bytes(const EventMessage& message);

// The payload parts of a whole reply of InvokeEndpointWithResponseStream, put together. Errors: those of the reader;
// kInternal for the errors that the stream itself names.
Result<std::string> payload_of_stream(std::string_view bytes);

}  // namespace fovea::remote
