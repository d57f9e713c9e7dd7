// What a client may send over gRPC, and how much at once; what one request may ask for: door/wire/limits.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "door/wire/limits.h"

namespace fovea::rpc {

constexpr size_t kMessageBytesMax = size_t{64} << 20;   // as it came; gRPC answers RESOURCE_EXHAUSTED beyond
constexpr size_t kUnpackedBytesMax = size_t{64} << 20;  // of a compressed message
constexpr size_t kUnpackedRatioMax = 100;               // beyond kUnpackedFree bytes
constexpr size_t kUnpackedFree = size_t{64} << 10;
constexpr size_t kMetadataBytesMax = size_t{16} << 10;
constexpr size_t kConnectionsMax = 256;
constexpr int kStreamsMax = 1000;   // calls of one connection at once (HTTP/2's SETTINGS_MAX_CONCURRENT_STREAMS)
constexpr size_t kCallsMax = 4096;  // under way, of all connections, streams too
constexpr size_t kHeldBytesMax = size_t{256} << 20;  // of messages whose calls are under way, all together
constexpr size_t kStreamPendingMax =
    32;  // requests of one stream whose answers are not written yet; the next is not read
constexpr size_t kGatheredMax = wire::kInputsMax;     // messages of a stream that is answered once
constexpr size_t kSymbolBytesMax = 512;               // of a name that reflection is asked for
constexpr uint64_t kPemBytesMax = uint64_t{1} << 20;  // of a certificate, key or authorities

// Keepalive: a client that is gone without a word is noticed; one that pings more often than this is cut off.
constexpr std::chrono::seconds kPingEvery{30};
constexpr std::chrono::seconds kPingAnswerWithin{10};
constexpr std::chrono::seconds kClientPingsApart{5};
constexpr int kPingStrikesMax = 3;
constexpr std::chrono::seconds kHandshakeWithin{10};
constexpr std::chrono::milliseconds kAcceptPause{50};  // after a connection that could not be accepted
constexpr std::chrono::minutes kIdleWithin{10};        // a connection without a call
// At a stop: how long no call must have come before connections are closed, since gRPC cancels what comes then instead
// of refusing it; how long that is waited for, where clients go on calling; and how long for connections to close.
constexpr std::chrono::milliseconds kStopQuiet{50}, kStopRefusing{500}, kCloseWithin{1000};

constexpr std::chrono::milliseconds kHealthLookEvery{100};  // for what Watch tells

}  // namespace fovea::rpc
