// The kernels compiled for avx2. Needs AVX2 and FMA.
#pragma once

#include "engine/kernels/isa_table.h"

namespace fovea::kernels {

const IsaKernels& avx2_kernels();

}  // namespace fovea::kernels
