#include "engine/kernels/isa_tables.h"

#if defined(__x86_64__)
#define FOVEA_ISA avx2
#define FOVEA_LANES 8
#define FOVEA_BLOCK_ROWS 6
#define FOVEA_VNNI 0
#define FOVEA_BF16 0
#define FOVEA_AMX 0
#include "engine/kernels/isa_kernels.inc"

namespace fovea::kernels {

const IsaKernels& avx2_kernels() {
  static constexpr IsaKernels kTable = avx2::table("avx2");
  return kTable;
}

}  // namespace fovea::kernels
#endif
