// What a benchmark of an encoder runs: messages of given token counts, with ids made from the counts. The same counts
// and vocabulary give the same ids everywhere, so that other engines can be asked the same.
// Journey: before benchmark_encoder().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/models/ragged_batch.h"

namespace fovea::models {

constexpr uint64_t kBenchIdSeed = 1;
constexpr size_t kBenchMessagesMax = 1'000'000;
constexpr size_t kBenchTokensMax = 100'000'000;  // ids of 400 MB

struct BenchLoad {
  std::vector<int32_t> ids;      // [tokens]
  std::vector<int32_t> offsets;  // [messages + 1]

  size_t messages() const { return offsets.size() - 1; }
  size_t tokens() const { return ids.size(); }
  size_t length(size_t message) const { return static_cast<size_t>(offsets[message + 1] - offsets[message]); }
  std::span<const int32_t> message(size_t at) const {
    return std::span(ids).subspan(static_cast<size_t>(offsets[at]), length(at));
  }
};

// A token count a line, each from 1 to `tokens_max`; blank lines at the end are let pass.
// Errors: kNotFound and others of reading; kInvalidArgument naming the line, and for a file without a count;
// kResourceExhausted beyond the limits above.
Result<std::vector<int32_t>> read_lengths(const std::string& path, int64_t tokens_max);

// Ids are drawn by Random(kBenchIdSeed) in message order: free + below(vocabulary - free), free = min(1000, half the
// vocabulary), where special tokens stand. REQUIRES: counts within the limits, vocabulary > 0.
BenchLoad make_load(std::span<const int32_t> counts, int64_t vocabulary);

}  // namespace fovea::models
