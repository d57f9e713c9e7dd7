// Limits of a run.
#pragma once

#include <chrono>
#include <cstddef>

namespace fovea::flow {

constexpr size_t kTurnsWaitingMax = 2;                       // decided turns that wait to be kept
constexpr size_t kEffectsPerTurnMax = 1'024;                 // effects done between two commits
constexpr auto kTurnTarget = std::chrono::milliseconds(25);  // a turn takes in no more than fits into this
constexpr auto kPullWait = std::chrono::milliseconds(100);   // how long an idle loop waits for an event
constexpr auto kSettleWait = std::chrono::milliseconds(20);  // between looks at effects that wait for a retry
constexpr auto kCheckpointEvery = std::chrono::seconds(1);   // a signed checkpoint at least this often
constexpr size_t kSaltBytes = 16;

}  // namespace fovea::flow
