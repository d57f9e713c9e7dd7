// What a body may be; what a request may ask for: door/wire/limits.h.
#pragma once

#include <cstddef>

#include "door/wire/limits.h"

namespace fovea::wire {

// Of a body: as many elements as a tensor may have, and what stands around them. Each takes 16 bytes while it is read.
constexpr size_t kJsonValuesMax = kElementsMax + (size_t{64} << 10);
constexpr size_t kUnpackedBytesMax = size_t{16} << 20;  // of a compressed body
constexpr size_t kUnpackedRatioMax = 100;               // beyond kUnpackedFree bytes; text packs to a tenth
constexpr size_t kUnpackedGuess = 16;                   // times its size, before it is unpacked
constexpr size_t kUnpackedFree = size_t{64} << 10;
constexpr size_t kPackFrom = size_t{4} << 10;  // shorter answers are not worth it

}  // namespace fovea::wire
