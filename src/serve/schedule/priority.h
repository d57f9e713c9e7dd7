// How urgent a request is: strict classes, the first goes first; who waits long moves up one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::schedule {

enum class Priority : uint8_t { kInteractive, kStandard, kBatch };
constexpr size_t kPriorities = 3;

}  // namespace fovea::schedule
