// The kernels compiled for baseline. Needs anything: SSE2 on x86-64, plain vectors elsewhere.
#pragma once

#include "engine/kernels/isa_table.h"

namespace fovea::kernels {

const IsaKernels& baseline_kernels();

}  // namespace fovea::kernels
