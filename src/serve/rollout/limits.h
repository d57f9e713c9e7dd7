// Limits of shadows and canaries.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fovea::rollout {

constexpr size_t kShadowWaitingMax = 256;                   // copies of one model; one more is dropped
constexpr size_t kShadowBytesMax = size_t{32} << 20;        // of them
constexpr size_t kShadowUnderWayMax = 4;                    // that the shadow was asked and has not answered
constexpr Nanos kShadowPatience = std::chrono::seconds(5);  // deadline of a copy; a shadow that hangs holds it so long
constexpr size_t kStepsMax = 32;
constexpr size_t kEventsMax = 64;  // of a canary that are kept
constexpr uint64_t kStateBytesMax = uint64_t{1} << 20;
constexpr double kSameWithin = 0.01;  // embeddings: 1 - cosine of what counts as agreement

}  // namespace fovea::rollout
