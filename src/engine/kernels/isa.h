// The kernels of one instruction set, as a table of functions, and the choice of the table at start.
// Every ISA's file is the same source (isa_kernels.inc) compiled with other flags; scalar.h is their specification.
// Promise: what is written for a row (of a linear layer, of a norm) depends on that row alone, and an attention's rows
// on its sequence alone; how many rows are computed together changes no bit. int8 has the same bits on every ISA; of
// fp32 and bf16 the last bits may differ. Threads: any; no state.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/kernels/isa_table.h"

namespace fovea::kernels {

// The best that this machine has, or the one that `forced` names (isa_tables.h; "avx512-vnni" with a dash; empty: the
// best). Errors: kInvalidArgument for an unknown name, kFailedPrecondition where the machine lacks it.
Result<const IsaKernels*> choose_isa(std::string_view forced);

// choose_isa() of the environment variable FOVEA_ISA.
Result<const IsaKernels*> isa_from_environment();

std::vector<const IsaKernels*> available_isas();  // for tests: everything that this machine can run, slowest first

}  // namespace fovea::kernels
