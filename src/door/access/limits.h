// Limits of keys and of what is looked at to find one, and of what is held for clients.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fovea::access {

constexpr size_t kKeysMax = 1024;  // of one file; all of them are compared for each request
constexpr size_t kKeysFileBytesMax = 1u << 20;
constexpr size_t kKeyBytesMin = 16;    // shorter ones are guessed
constexpr size_t kKeyBytesMax = 4096;  // longer ones than a header may hold
constexpr size_t kModelsMax = 256;     // that a key may name
constexpr size_t kCertificateNamesMax = 64;
constexpr int64_t kPerMinuteMax = 1'000'000'000;
constexpr int64_t kAtOnceMax = 1'000'000;
constexpr size_t kUnsentBytesMax = size_t{512} << 20;   // of a door's answers that their clients have not taken
constexpr size_t kUnsentSmall = size_t{64} << 10;       // smaller answers are not counted there
constexpr std::chrono::seconds kUnsentRetry{1};         // when to come again where they have no room
constexpr std::chrono::seconds kLookEvery{1};           // at files that may have changed
constexpr std::chrono::milliseconds kAtOnceRetry{100};  // when to come again where too many are under way

}  // namespace fovea::access
