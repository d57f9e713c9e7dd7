// What a window may hold.
#pragma once

#include <chrono>
#include <cstddef>

namespace fovea::window {

constexpr size_t kKeysMax = 100'000;        // at about 1 KiB a key: 100 MiB
constexpr size_t kEntriesPerKeyMax = 1000;  // the oldest go first
constexpr size_t kKeyBytesMax = 1024;
constexpr size_t kValueBytesMax = 1024;  // of one kept value as JSON; longer ones are kept as their digest
constexpr std::chrono::hours kFutureTolerance{1};

}  // namespace fovea::window
