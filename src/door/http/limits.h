// What a client may send and how long it may take.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fovea::http {

constexpr uint32_t kHeaderBytesMax = 16u << 10;
constexpr uint64_t kBodyBytesMax = 4u << 20;
constexpr size_t kConnectionsMax = 256;
constexpr size_t kReadAtOnce = 64u << 10;          // of a body; also of a chunk's extensions and the trailer after it
constexpr size_t kFirstRead = 4u << 10;            // of a request; its size then decides
constexpr uint64_t kBytesPerSecondMin = 1u << 20;  // that a large body or answer may count on
constexpr uint64_t kDiscardedMax = 64u << 10;  // of the body of a refused request, to keep the connection; else closed
constexpr size_t kPathShownMax = 256;          // of a path, in an answer
constexpr std::chrono::seconds kReadWithin{10};  // one whole request, from its first byte
constexpr std::chrono::seconds kIdleWithin{60};  // between requests of a kept connection
constexpr std::chrono::seconds kWriteWithin{10};
constexpr std::chrono::seconds kAnswerWithin{30};         // the handler
constexpr std::chrono::hours kPatienceMax{1};             // x-request-timeout-ms; longer ones are cut to it
constexpr std::chrono::milliseconds kPatienceGrace{250};  // past it, for answers that are under way
constexpr std::chrono::milliseconds kKeepMargin{20};  // of a decision's time, at most a quarter: to keep and send it
constexpr std::chrono::seconds kHandshakeWithin{5};
constexpr std::chrono::seconds kLingerWithin{2};       // after the last answer, for what the client still sends
constexpr std::chrono::milliseconds kAcceptPause{50};  // after a connection that could not be accepted
constexpr std::chrono::milliseconds kPeekEvery{50};    // at a client that sent ahead: is it still there?
constexpr std::chrono::milliseconds kDrainQuiet{5};    // without a request under way, before a drain is over

}  // namespace fovea::http
