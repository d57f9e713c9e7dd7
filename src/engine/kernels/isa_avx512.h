// The kernels compiled for avx512. Needs AVX-512 F, VL, DQ, BW and FMA.
#pragma once

#include "engine/kernels/isa_table.h"

namespace fovea::kernels {

const IsaKernels& avx512_kernels();

}  // namespace fovea::kernels
