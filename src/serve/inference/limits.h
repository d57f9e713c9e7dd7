// Limits of one call and of names.
#pragma once

#include <cstddef>

namespace fovea::inference {

constexpr size_t kModelNameBytesMax = 128;
constexpr size_t kInputsMax = 2048;  // of one call

}  // namespace fovea::inference
