// What a client may send and how long it may take.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fovea::http {

constexpr uint32_t kHeaderBytesMax = 16u << 10;
constexpr uint64_t kBodyBytesMax = 4u << 20;
constexpr size_t kConnectionsMax = 256;
constexpr std::chrono::seconds kReadWithin{10};  // one whole request, from its first byte
constexpr std::chrono::seconds kIdleWithin{60};  // between requests of a kept connection
constexpr std::chrono::seconds kWriteWithin{10};
constexpr std::chrono::seconds kAnswerWithin{30};  // the handler
constexpr std::chrono::seconds kHandshakeWithin{5};
constexpr std::chrono::milliseconds kAcceptPause{50};  // after a connection that could not be accepted

}  // namespace fovea::http
