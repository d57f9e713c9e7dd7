// Does effects of one kind to the world. The one port of the act room.
// Journey: Effect → Outcome. The caller owns all state: it keeps what prepare() gave (as `Effect::outcome`, state
// attempted) durably, then calls perform(); after a crash it calls reconcile() for what was attempted.
// Threads: one at a time for each Effector.
// Errors: prepare() fails as a whole (nothing was done); perform, reconcile and undo answer for each effect, in order.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "record/effect.h"

namespace fovea::act {

class Effector {
 public:
  virtual ~Effector() = default;
  virtual std::string_view kind() const = 0;

  // At load time, on the template, and again on what the templates gave: known members, types, limits.
  virtual Result<void> check(const Json& arguments) const = 0;

  // What a later reconcile() needs to know of the world as it is now, one for each effect; null where nothing.
  virtual Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) = 0;
  virtual std::vector<record::Outcome> perform(std::span<const record::Effect> effects) = 0;
  // Attempted, ending unknown: kDone if it happened, kRetry if it did not (safe to do again), kUnknown if nobody can
  // say.
  virtual std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) = 0;
  // Takes back a committed effect by the kind's own means. May be called again for one that is undone already.
  virtual record::Outcome undo(const record::Effect& effect) = 0;
};

// The kinds that a program has. Owns them. Errors: kAlreadyExists is a broken invariant (CHECK).
class Effectors {
 public:
  void add(std::unique_ptr<Effector> effector);
  Effector* find(std::string_view kind) const;  // null: no such kind
  std::vector<std::string_view> kinds() const;  // sorted

 private:
  std::map<std::string, std::unique_ptr<Effector>, std::less<>> by_kind_;
};

// The digest that binds an effect to its action: SHA-256 of kind, key and canonical arguments, hex.
std::string effect_digest(std::string_view kind, std::string_view key, const Json& arguments);

}  // namespace fovea::act
