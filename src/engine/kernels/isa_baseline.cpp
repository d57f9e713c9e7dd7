#include "engine/kernels/isa_tables.h"

#define FOVEA_ISA baseline
#define FOVEA_LANES 4
#define FOVEA_BLOCK_ROWS 4
#define FOVEA_VNNI 0
#define FOVEA_BF16 0
#define FOVEA_AMX 0
#include "engine/kernels/isa_kernels.inc"

namespace fovea::kernels {

const IsaKernels& baseline_kernels() {
  static constexpr IsaKernels kTable = baseline::table("baseline");
  return kTable;
}

}  // namespace fovea::kernels
