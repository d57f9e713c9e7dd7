#include "engine/kernels/isa.h"

#include <cstdlib>
#include <string>

#include "base/suggest.h"
#include "engine/kernels/amx_permission.h"
#include "engine/kernels/isa_tables.h"

namespace fovea::kernels {
namespace {

constexpr std::string_view kNames[] = {"baseline", "avx2", "avx512", "avx512-vnni", "avx512-bf16", "amx"};

}  // namespace

std::vector<const IsaKernels*> available_isas() {
  std::vector<const IsaKernels*> found{&baseline_kernels()};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return found;
  found.push_back(&avx2_kernels());
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512bw"))
    return found;
  found.push_back(&avx512_kernels());
  if (!__builtin_cpu_supports("avx512vnni")) return found;
  found.push_back(&avx512_vnni_kernels());
  if (!__builtin_cpu_supports("avx512bf16")) return found;
  found.push_back(&avx512_bf16_kernels());
  if (amx_permitted()) found.push_back(&amx_kernels());
#endif
  return found;
}

Result<const IsaKernels*> choose_isa(std::string_view forced) {
  const auto available = available_isas();
  if (forced.empty()) return available.back();
  for (const IsaKernels* isa : available)
    if (forced == isa->name) return isa;
  for (std::string_view name : kNames)
    if (forced == name)
      return fail(Code::kFailedPrecondition, "this machine has no " + std::string(name), "FOVEA_ISA",
                  "unset it to take the best that the machine has");
  return fail(Code::kInvalidArgument, "no instruction set '" + std::string(forced) + "'", "FOVEA_ISA",
              suggest(forced, kNames));
}

Result<const IsaKernels*> isa_from_environment() {
  const char* forced = std::getenv("FOVEA_ISA");
  return choose_isa(forced ? forced : "");
}

}  // namespace fovea::kernels
