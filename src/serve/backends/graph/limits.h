// What a graph that other people made may be.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fovea::graph {

constexpr uint64_t kGraphBytesMax = uint64_t{1} << 31;  // of one file: what Protocol Buffers can hold
constexpr size_t kGraphTensorsMax = 64;                 // inputs, outputs
constexpr size_t kGraphDepthMax = 64;                   // of messages in messages, graphs in nodes among them
constexpr size_t kWeightFilesMax = 10'000;              // of one model
constexpr size_t kWeightNameBytesMax = 4096;            // of one of their names
constexpr size_t kConfigBytesMax = size_t{1} << 20;     // of config.pbtxt
constexpr int64_t kBatchMax = 1 << 16;                  // max_batch_size
constexpr std::chrono::milliseconds kWatchEvery{2};     // how often runs are asked whether anybody waits
constexpr std::chrono::seconds kWatchAwake{1};          // after the last of them

}  // namespace fovea::graph
