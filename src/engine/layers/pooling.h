// From the rows of a sequence to one row: the first, the mean or the maximum; and scaling to length 1.
// Shapes: hidden [rows, cols], ragged → out [sequences, cols]. An empty sequence gives zeros.
// Threads: any; no state.
#pragma once

#include <cstdint>
#include <span>

#include "engine/tensor/matrix_view.h"

namespace fovea::layers {

enum class Pooling { kFirst, kMean, kMax };

void pool(tensor::ConstMatrix hidden, std::span<const int32_t> offsets, Pooling how, tensor::Matrix out);

void scale_to_unit(tensor::Matrix rows);  // row / max(|row|, 1e-12), as torch's normalize

}  // namespace fovea::layers
