// The classification extension of KServe v2: of each row of numbers its greatest, as texts "value:index:label".
#pragma once

#include <cstdint>

#include "door/wire/tensor.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

// BYTES, of `from`'s shape with its last dimension `classes` at most. The label is left out where the row is not as
// wide as the model has labels. REQUIRES: `from` is FP32.
Tensor classified(const Tensor& from, int64_t classes, const inference::ModelInfo& model);

}  // namespace fovea::wire
