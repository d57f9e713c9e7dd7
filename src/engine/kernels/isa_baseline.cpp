#include "engine/kernels/isa_baseline.h"

#define FOVEA_ISA baseline
#define FOVEA_LANES 4
#define FOVEA_BLOCK_ROWS 6
#include "engine/kernels/isa_kernels.inc"

namespace fovea::kernels {

const IsaKernels& baseline_kernels() {
  static constexpr IsaKernels kTable{
      "baseline",          baseline::kBlockRows,        baseline::linear,     baseline::linear_scratch,
      baseline::attention, baseline::attention_scratch, baseline::layer_norm, baseline::gelu};
  return kTable;
}

}  // namespace fovea::kernels
