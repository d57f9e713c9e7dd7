#include "engine/kernels/isa_avx512.h"

#if defined(__x86_64__)
#define FOVEA_ISA avx512
#define FOVEA_LANES 16
#define FOVEA_BLOCK_ROWS 12
#include "engine/kernels/isa_kernels.inc"

namespace fovea::kernels {

const IsaKernels& avx512_kernels() {
  static constexpr IsaKernels kTable{
      "avx512",          avx512::kBlockRows,        avx512::linear,     avx512::linear_scratch,
      avx512::attention, avx512::attention_scratch, avx512::layer_norm, avx512::gelu};
  return kTable;
}

}  // namespace fovea::kernels
#endif
