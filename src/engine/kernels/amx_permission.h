// AMX is off in a process until the kernel is asked for it (arch_prctl, ARCH_REQ_XCOMP_PERM).
// Threads: any; the permission is the process's.
#pragma once

namespace fovea::kernels {

// The machine has AMX's int8 and bf16 tiles, and the kernel lets this process use them.
bool amx_permitted();

}  // namespace fovea::kernels
