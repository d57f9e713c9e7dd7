// What one flow file may hold.
#pragma once

#include <cstddef>

namespace fovea::file {

constexpr size_t kStepsMax = 64;
constexpr size_t kEffectsMax = 64;
constexpr size_t kRungsMax = 16;
constexpr size_t kFeaturesMax = 64;
constexpr size_t kTableBytesMax = 16u << 20;

}  // namespace fovea::file
