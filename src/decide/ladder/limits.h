// Limits of the ladder.
#pragma once

#include <cstddef>

namespace fovea::ladder {

constexpr size_t kRungsMax = 16;             // rungs of one ladder
constexpr size_t kCacheEntriesMax = 65'536;  // entries of one exact cache: about 32 MiB of predictions
constexpr size_t kScoresKept = 5;            // best labels kept beside the answer

}  // namespace fovea::ladder
