#include "serve/remote/event_stream.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cstdint>

#include "base/utf8.h"
#include "serve/remote/limits.h"

namespace fovea::remote {
namespace {

constexpr size_t kPrelude = 12, kTrailer = 4;

uint64_t number_at(std::string_view bytes, size_t at, size_t size) {
  uint64_t out = 0;
  for (size_t i = 0; i < size; ++i) out = out << 8 | static_cast<uint8_t>(bytes[at + i]);
  return out;
}

void append_number(std::string& out, uint64_t value, size_t size) {
  for (size_t i = size; i-- > 0;) out += static_cast<char>(value >> (8 * i));
}

uint32_t checksum(std::string_view bytes) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::unexpected<Error> damaged(std::string what) {
  return fail(Code::kDataLoss, "a damaged event stream: " + std::move(what));
}

// Bytes of a value; texts and byte arrays say their own.
Result<size_t> size_of_type(uint8_t type, std::string_view rest) {
  switch (type) {
    case 0:
    case 1:
      return 0;  // true, false
    case 2:
      return 1;
    case 3:
      return 2;
    case 4:
      return 4;
    case 5:
    case 8:
      return 8;
    case 6:
    case 7:
      if (rest.size() < 2) return damaged("a header is cut off");
      return 2 + number_at(rest, 0, 2);
    case 9:
      return 16;
    default:
      return damaged(fmt::format("a header of type {}", type));
  }
}

Result<void> read_headers(std::string_view bytes, EventMessage& out) {
  while (!bytes.empty()) {
    const size_t name_size = static_cast<uint8_t>(bytes[0]);
    if (name_size == 0 || bytes.size() < 2 + name_size) return damaged("a header is cut off");
    const std::string_view name = bytes.substr(1, name_size);
    const auto type = static_cast<uint8_t>(bytes[1 + name_size]);
    bytes.remove_prefix(2 + name_size);
    FOVEA_TRY(const size_t size, size_of_type(type, bytes));
    if (bytes.size() < size) return damaged("a header is cut off");
    if (type == 7) out.headers.emplace_back(name, bytes.substr(2, size - 2));
    bytes.remove_prefix(size);
  }
  return {};
}

}  // namespace

std::string_view EventMessage::header(std::string_view name) const {
  for (const auto& [each, value] : headers)
    if (each == name) return value;
  return {};
}

Result<std::vector<EventMessage>> EventStreamReader::take(std::string_view bytes) {
  pending_ += bytes;
  std::vector<EventMessage> out;
  size_t at = 0;
  while (pending_.size() - at >= kPrelude) {
    const std::string_view rest = std::string_view(pending_).substr(at);
    const uint64_t total = number_at(rest, 0, 4), headers = number_at(rest, 4, 4);
    if (number_at(rest, 8, 4) != checksum(rest.substr(0, 8))) return damaged("the checksum of a message's begin");
    if (total > kFrameBytesMax || headers > kFrameHeaderBytesMax)
      return fail(Code::kResourceExhausted, fmt::format("a message of {} bytes; at most {}", total, kFrameBytesMax));
    if (total < kPrelude + kTrailer + headers) return damaged("a message's length");
    if (rest.size() < total) break;
    const std::string_view message = rest.substr(0, total);
    if (number_at(message, total - kTrailer, 4) != checksum(message.substr(0, total - kTrailer)))
      return damaged("the checksum of a message");
    EventMessage made;
    FOVEA_OK(read_headers(message.substr(kPrelude, headers), made));
    made.payload = message.substr(kPrelude + headers, total - kPrelude - headers - kTrailer);
    out.push_back(std::move(made));
    at += total;
  }
  pending_.erase(0, at);
  return out;
}

std::string event_message_bytes(const EventMessage& message) {
  std::string headers;
  for (const auto& [name, value] : message.headers) {
    headers += static_cast<char>(name.size());
    headers += name;
    headers += static_cast<char>(7);
    append_number(headers, value.size(), 2);
    headers += value;
  }
  std::string out;
  append_number(out, kPrelude + headers.size() + message.payload.size() + kTrailer, 4);
  append_number(out, headers.size(), 4);
  append_number(out, checksum(out), 4);
  out += headers + message.payload;
  append_number(out, checksum(out), 4);
  return out;
}

Result<std::string> payload_of_stream(std::string_view bytes) {
  EventStreamReader reader;
  FOVEA_TRY(const std::vector<EventMessage> messages, reader.take(bytes));
  if (!reader.between_messages()) return damaged("its last message is cut off");
  std::string out;
  for (const EventMessage& message : messages) {
    const std::string_view kind = message.header(":message-type"), event = message.header(":event-type");
    if (kind == "event" && event == "PayloadPart") {
      out += message.payload;
    } else if (kind == "exception" || kind == "error" || event == "ModelStreamError" ||
               event == "InternalStreamFailure") {
      const std::string_view name = kind == "event"   ? event
                                    : kind == "error" ? message.header(":error-code")
                                                      : message.header(":exception-type");
      return fail(Code::kInternal, fmt::format("the stream ends with {}: {}", name,
                                               repair_utf8(message.payload.substr(0, kSaidBytesMax))));
    }
  }
  return out;
}

}  // namespace fovea::remote
