// Each instruction set's table: the same source (isa_kernels.inc) compiled with other flags. What a machine needs to
// run one is asked in isa.cpp.
#pragma once

#include "engine/kernels/isa_table.h"

namespace fovea::kernels {

const IsaKernels& baseline_kernels();  // anything: SSE2 on x86-64, NEON on aarch64, plain vectors elsewhere
#if defined(__x86_64__)
const IsaKernels& avx2_kernels();         // AVX2 and FMA
const IsaKernels& avx512_kernels();       // AVX-512 F, BW, DQ, VL
const IsaKernels& avx512_vnni_kernels();  // and VNNI: four int8 products at once
const IsaKernels& avx512_bf16_kernels();  // and BF16: two bf16 products at once
const IsaKernels& amx_kernels();          // and AMX: whole tiles of int8 and bf16
#endif

}  // namespace fovea::kernels
