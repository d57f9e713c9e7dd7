// Limits of a run.
#pragma once

#include <chrono>
#include <cstddef>

namespace fovea::flow {

constexpr size_t kTurnsWaitingMax = 2;      // decided turns that wait to be kept
constexpr size_t kEffectsPerTurnMax = 512;  // effects done between two commits
constexpr size_t kAtNetworkMax = 16;        // calls begun and not ended: after a crash each must be asked about
constexpr auto kTurnTarget = std::chrono::milliseconds(25);      // a turn takes in no more than fits into this
constexpr auto kPullWait = std::chrono::milliseconds(100);       // how long an idle loop waits for an event
constexpr auto kSettleWait = std::chrono::milliseconds(20);      // between looks at effects that wait for a retry
constexpr auto kCheckpointEvery = std::chrono::seconds(1);       // a signed checkpoint at least this often
constexpr auto kRequestsEvery = std::chrono::milliseconds(200);  // between looks for requests of other commands
constexpr auto kAnswerKept = std::chrono::minutes(1);            // an answer that nobody fetches
constexpr size_t kVerdictsWaitingMax = 4'096;  // clients that wait for what was kept of an event sent again
constexpr size_t kRequestBytesMax = 1u << 20;

}  // namespace fovea::flow
