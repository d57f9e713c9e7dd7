// Limits of one call and of names.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fovea::inference {

constexpr size_t kModelNameBytesMax = 128;
constexpr size_t kInputsMax = 2048;                // of one call
constexpr size_t kElementsMax = size_t{1} << 24;   // of a tensor
constexpr size_t kDimensionsMax = 8;               // of a shape
constexpr int64_t kElementsAToken = 1024;          // of tensors: what the scheduler counts as one token
constexpr int64_t kTokenValuesMax = 1 << 23;       // numbers of a call's rows of all tokens: 8,192 tokens of 1,024
constexpr size_t kFeedBytesMax = size_t{1} << 27;  // of all tensors of one call
// Of the time until a deadline: for writing the answer and its way, at most.
constexpr std::chrono::milliseconds kAnswerTimeMax{3};
constexpr int kAnswerTimePart = 50;           // of it as much is kept
constexpr int kAnswerLeastPart = 3;           // of what is kept: with less of it an answer comes too late
constexpr std::chrono::seconds kRunMax{120};  // that RemoteBackend::run() waits

}  // namespace fovea::inference
