// Limits of models that run elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fovea::remote {

constexpr size_t kTextBytesMax = size_t{1} << 20;     // of one input
constexpr size_t kRequestBytesMax = size_t{8} << 20;  // of the texts of one request
constexpr uint64_t kReplyBytesMax = uint64_t{64} << 20;
constexpr size_t kLabelsMax = 10'000;
constexpr int64_t kWidthMax = 65'536;
constexpr size_t kBatchMax = 2048;       // inputs of one request
constexpr size_t kConcurrencyMax = 64;   // requests under way
constexpr size_t kWaitingMax = 100'000;  // inputs that wait
constexpr int kAttemptsMax = 10;
constexpr size_t kSecretBytesMax = 64 * 1024;
constexpr size_t kSaidBytesMax = 200;          // of a service's own words in an error
constexpr size_t kSseEventBytesMax = 1 << 20;  // of one event
constexpr size_t kFrameBytesMax = 16 << 20;    // of one message of an AWS event stream (their own limit)
constexpr size_t kFrameHeaderBytesMax = 128 * 1024;
constexpr std::chrono::minutes kTimeoutMax{10};  // of one request
constexpr std::chrono::minutes kRetryAfterMax{10};
constexpr std::chrono::seconds kBackoffMax{8};
constexpr double kRetryShare = 0.1;    // of requests that may be repeated
constexpr double kRetryBurst = 3;      // beside that, after quiet
constexpr int64_t kBudgetSteps = 100;  // of a day's budget: how much a crash can lose of it

}  // namespace fovea::remote
