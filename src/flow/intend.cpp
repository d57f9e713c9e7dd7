// What a flow's `act` wants done for one decided event.
#include <fmt/format.h>

#include "act/effector.h"
#include "flow/journey.h"
#include "flow/original.h"

namespace fovea::flow {

std::vector<record::Effect> Journey::intend(Traveller& t, TimePoint now) const {
  std::vector<record::Effect> effects;
  // The decision stands; what cannot be planned is its dead letter, one for all of them.
  auto give_up = [&](const std::string& name, const Error& error) {
    std::string cause = "effect " + name + ": " + error.text();
    if (t.dead) {
      t.dead->cause += "; " + cause;
    } else {
      t.dead = record::DeadLetter{0,          "act", t.event.source,   t.event.id, std::move(cause),
                                  error.hint, 1,     t.event.original, "",         now};
    }
  };
  for (const file::EffectSpec& spec : flow_.act) {
    auto wanted = spec.when ? spec.when->eval_bool(t.values) : Result<bool>(true);
    if (wanted && !*wanted) continue;
    auto effect = wanted ? intend_one(spec, t, now) : Result<record::Effect>(std::unexpected(wanted.error()));
    if (effect) {
      effects.push_back(std::move(*effect));
    } else {
      give_up(spec.name, effect.error());
    }
  }
  return effects;
}

Result<record::Effect> Journey::intend_one(const file::EffectSpec& spec, const Traveller& t, TimePoint now) const {
  expr::Scope scope(t.values);
  record::Effect effect;
  effect.name = spec.name;
  effect.kind = file::action_name(spec.action.kind);
  effect.event_id = t.event.id, effect.source = t.event.source, effect.flow = flow_.name;
  FOVEA_TRY(std::string key, spec.key.eval_text(scope));
  effect.key = spec.name + ":" + key;
  FOVEA_TRY(effect.arguments, spec.action.arguments.fill(scope));
  FOVEA_OK(place_arguments(flow_, spec, t.event.original, effect.arguments));
  effect.digest = act::effect_digest(effect.kind, effect.key, effect.arguments);
  if (spec.undo) effect.undo = JsonObject{{"kind", file::action_name(spec.undo->kind)}};
  effect.not_before = now + spec.hold;
  effect.state = spec.hold.count() > 0 ? record::EffectState::kHeld : record::EffectState::kPending;
  return effect;
}

}  // namespace fovea::flow
