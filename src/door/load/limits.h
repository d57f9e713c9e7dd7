// What one load run may be.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fovea::load {

constexpr double kRateMax = 1e6;  // requests a second
constexpr std::chrono::hours kDurationMax{24};
constexpr int kConnectionsMax = 10'000;
constexpr int kGrpcConnectionsMax = 4;         // of a thread; each carries many calls at once
constexpr int32_t kGrpcWindowBytes = 1 << 20;  // that a server may send ahead
constexpr size_t kGrpcReadBytes = 64u << 10;   // at once
constexpr size_t kGrpcWriteBytes = 64u << 10;  // at once
constexpr int kThreadsMax = 64;
constexpr size_t kPayloadsMax = 16'384;  // different requests; a longer file is read so far and begins again
constexpr uint64_t kPayloadBytesMax = uint64_t{256} << 20;
constexpr uint32_t kTokensMax = 100'000;  // of one text
constexpr size_t kTextBytesMax = 1 << 20;
constexpr uint64_t kFileBytesMax = uint64_t{1} << 30;  // a trace, lengths or texts
constexpr size_t kTraceRowsMax = 10'000'000;
constexpr uint32_t kHeaderBytesMax = 16u << 10;  // of an answer
constexpr uint64_t kAnswerBytesMax = uint64_t{64} << 20;
constexpr size_t kFailureKindsMax = 16;  // told apart; the rest is one more kind
constexpr size_t kFailureTextMax = 240;  // bytes of what a server says
constexpr uint64_t kCheckEvery = 64;     // answers; the first are all looked at
constexpr uint64_t kCheckFirst = 256;
constexpr std::chrono::milliseconds kSweepEvery{50};   // for what waits too long, and for SIGINT
constexpr std::chrono::milliseconds kStaleAfter{100};  // a connection unused so long is looked at before it is used
constexpr std::chrono::seconds kConnectWithin{5};      // the look before the run; what is opened ahead
constexpr std::chrono::milliseconds kStartIn{10};      // when all are ready

}  // namespace fovea::load
