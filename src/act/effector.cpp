#include "act/effector.h"

#include "base/check.h"
#include "base/digest.h"

namespace fovea::act {

void Effectors::add(std::unique_ptr<Effector> effector) {
  std::string kind(effector->kind());
  bool fresh = by_kind_.emplace(std::move(kind), std::move(effector)).second;
  FOVEA_CHECK(fresh);
}

Effector* Effectors::find(std::string_view kind) const {
  auto found = by_kind_.find(kind);
  return found == by_kind_.end() ? nullptr : found->second.get();
}

std::vector<std::string_view> Effectors::kinds() const {
  std::vector<std::string_view> out;
  for (const auto& each : by_kind_) out.push_back(each.first);
  return out;
}

std::string effect_digest(std::string_view kind, std::string_view key, const Json& arguments) {
  return to_hex(bytes_of(sha256(canonical_text(JsonObject{{"kind", kind}, {"key", key}, {"arguments", arguments}}))));
}

}  // namespace fovea::act
