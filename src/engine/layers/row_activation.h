// The functions that heads put between their linear layers, value by value. Heads see a row a text, so these are plain
// loops over the C library's functions; the stack has its own, in the kernels.
#pragma once

#include "engine/tensor/matrix_view.h"

namespace fovea::layers {

enum class RowActivation {
  kNone,
  kTanh,
  kGelu,      // x / 2 * (1 + erf(x / sqrt(2)))
  kGeluTanh,  // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x³)))
  kRelu,
  kSilu,  // x / (1 + exp(-x))
};

void activate(RowActivation how, tensor::Matrix rows);

}  // namespace fovea::layers
