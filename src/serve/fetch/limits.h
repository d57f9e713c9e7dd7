// Limits of one exchange with a server that we ask.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fovea::fetch {

constexpr size_t kUrlBytesMax = 8192;
constexpr size_t kHeadersBytesMax = size_t{256} << 10;   // of one reply
constexpr uint64_t kReplyBytesMax = uint64_t{16} << 20;  // kept in memory, unless the request says otherwise
constexpr long kRedirectsMax = 5;
constexpr long kConnectionsMax = 64;  // of one MultiFetch
constexpr Nanos kConnectTimeout = std::chrono::seconds(10);
constexpr Nanos kStallMax = std::chrono::seconds(60);  // without a byte, of requests that have no timeout

}  // namespace fovea::fetch
