// What one call of the library takes at most; engine_c.h says so to its callers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::api {

constexpr size_t kTextsMax = size_t{1} << 20;       // texts, pairs or sequences
constexpr size_t kTextBytesMax = size_t{64} << 20;  // of one text; spans are of 32 bits
constexpr int32_t kThreadsMax = 1'024;

}  // namespace fovea::api
