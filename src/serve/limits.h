// What serve takes at most.
#pragma once

#include <cstddef>

namespace fovea::serve {

constexpr size_t kTextBytesMax = 1 << 16;  // of one text; what follows is not looked at
constexpr size_t kScoresKept = 5;          // of a prediction
constexpr size_t kFocusKept = 32;
constexpr size_t kGroupTexts = 16;  // that the attention model runs together
constexpr size_t kGroupBytes = 4096;

}  // namespace fovea::serve
