#include "engine/kernels/isa_tables.h"

#if defined(__x86_64__)
#define FOVEA_ISA avx512_vnni
#define FOVEA_LANES 16
#define FOVEA_BLOCK_ROWS 12
#define FOVEA_VNNI 1
#define FOVEA_BF16 0
#define FOVEA_AMX 0
#include "engine/kernels/isa_kernels.inc"

namespace fovea::kernels {

const IsaKernels& avx512_vnni_kernels() {
  static constexpr IsaKernels kTable = avx512_vnni::table("avx512-vnni");
  return kTable;
}

}  // namespace fovea::kernels
#endif
