// What a kernel is asked for at most. Checked where a model is loaded, not in the kernels.
#pragma once

#include <cstdint>

namespace fovea::kernels {

constexpr int64_t kFeaturesMax = 65'536;  // inputs or outputs of one linear layer
constexpr int64_t kHeadDimMax = 512;      // one head's K^T panel of 32 keys stays under 64 KiB, inside L2

}  // namespace fovea::kernels
