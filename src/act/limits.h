// The limits of the act room.
#pragma once

#include <chrono>
#include <cstddef>

namespace fovea::act {

constexpr size_t kBatchMax = 512;                 // effects of one call
constexpr size_t kResponseBytesMax = 1 << 20;     // of an HTTP answer; more is a failure
constexpr size_t kOutcomeBodyBytesMax = 4096;     // of an answer that is kept with the effect
constexpr size_t kRequestBytesMax = 8 << 20;      // of a body that we send
constexpr size_t kLineBytesMax = 1 << 20;         // of a line that `append` writes
constexpr size_t kReconcileBytesMax = 256 << 20;  // read back from a file after a crash
constexpr size_t kRecipientsMax = 50;
constexpr size_t kSubjectBytesMax = 998;  // RFC 5322 2.1.1
constexpr size_t kHeadersMax = 64;
constexpr size_t kSecretBytesMax = 64 * 1024;
constexpr size_t kErrorBytesMax = 500;  // of a foreign text in an error
constexpr std::chrono::seconds kTimeoutDefault{10};
constexpr std::chrono::seconds kTimeoutMax{300};
constexpr std::chrono::seconds kConnectTimeout{5};
constexpr std::chrono::hours kRetryAfterMax{24};  // a wait that another side may ask for

}  // namespace fovea::act
