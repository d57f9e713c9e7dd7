#include "record/effect.h"

#include <array>

namespace fovea::record {
namespace {
constexpr std::array<std::string_view, 8> kNames = {"held",   "pending", "attempted", "committed",
                                                    "failed", "undoing", "undone",    "cancelled"};
}

std::string_view state_name(EffectState state) {
  return kNames[static_cast<size_t>(state)];
}

Result<EffectState> state_from_name(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<EffectState>(i);
  }
  return fail(Code::kDataLoss, "unknown effect state '" + std::string(name) + "'");
}

}  // namespace fovea::record
