#include "engine/kernels/isa_avx2.h"

#if defined(__x86_64__)
#define FOVEA_ISA avx2
#define FOVEA_LANES 8
#define FOVEA_BLOCK_ROWS 6
#include "engine/kernels/isa_kernels.inc"

namespace fovea::kernels {

const IsaKernels& avx2_kernels() {
  static constexpr IsaKernels kTable{"avx2",          avx2::kBlockRows,        avx2::linear,     avx2::linear_scratch,
                                     avx2::attention, avx2::attention_scratch, avx2::layer_norm, avx2::gelu};
  return kTable;
}

}  // namespace fovea::kernels
#endif
