#include "serve/rollout/plan.h"

#include <cmath>

#include "base/digest.h"

namespace fovea::rollout {

constexpr uint32_t kParts = 10'000;

uint32_t part_of(std::string_view key, std::string_view salt) {
  const Digest digest = hmac_sha256(salt, key);
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | digest[i];
  return value % kParts;
}

bool is_chosen(std::string_view key, std::string_view salt, double share) {
  return share >= 1 || (share > 0 && part_of(key, salt) < static_cast<uint32_t>(std::lround(share * kParts)));
}

}  // namespace fovea::rollout
