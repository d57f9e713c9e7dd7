#include "engine/kernels/isa_tables.h"

#if defined(__x86_64__)
#define FOVEA_ISA amx
#define FOVEA_LANES 16
#define FOVEA_BLOCK_ROWS 12
#define FOVEA_VNNI 1
#define FOVEA_BF16 1
#define FOVEA_AMX 1
#include "engine/kernels/isa_kernels.inc"

namespace fovea::kernels {

const IsaKernels& amx_kernels() {
  static constexpr IsaKernels kTable = amx::table("amx");
  return kTable;
}

}  // namespace fovea::kernels
#endif
