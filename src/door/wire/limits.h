// What one request may ask for, through whichever door.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "serve/inference/limits.h"

namespace fovea::wire {

constexpr size_t kInputsMax = 2048;  // texts of one request; OpenAI's own limit
using inference::kDimensionsMax;
using inference::kElementsMax;
constexpr size_t kTensorsMax = 16;                    // of a request, each way
constexpr size_t kAnswerValuesMax = size_t{1} << 26;  // numbers of one answer
constexpr size_t kDecodedIdsMax = size_t{1} << 17;    // of one text
constexpr size_t kDecodedBytesMax = size_t{1} << 26;  // of all texts of one answer
constexpr size_t kNameBytesMax = 256;                 // of a model
constexpr std::chrono::hours kTimeoutMax{1};          // longer ones are cut to it
constexpr size_t kLoadsMax = 16;                      // loads and unloads that wait for one another
// Numbers of an answer; written as text in a worker they would delay others by 4 ms.
constexpr size_t kLargeAnswer = size_t{1} << 15;
constexpr size_t kLargeAnswersMax = 16;  // that wait to be written; what comes then is written where it is
// Bytes of a request; read in the thread of their connection they would delay others by as much.
constexpr size_t kLargeRequest = size_t{64} << 10;
constexpr size_t kLargeRequestsMax = 16;  // that wait to be read; what comes then is read where it is

}  // namespace fovea::wire
