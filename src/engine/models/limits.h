// The largest model that is accepted and the largest batch that it runs.
#pragma once

#include <cstdint>

namespace fovea::models {

constexpr int64_t kVocabularyMax = 2'000'000;  // rows of a word embedding
constexpr int64_t kPositionsMax = 65'536;      // tokens of one sequence
constexpr int64_t kLabelsMax = 100'000;        // outputs of a classification head
constexpr size_t kModulesMax = 64;             // of a modules.json
constexpr int64_t kBatchRowsMax = 1 << 20;     // tokens of one batch
constexpr size_t kShareRowsMin = 128;          // tokens of one text from which all workers share it, if nothing waits
constexpr int64_t kGroupRows = 192;            // tokens that one worker computes together; their states stay near L2
constexpr int kWorkersMax = 1'024;

}  // namespace fovea::models
