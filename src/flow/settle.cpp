#include "flow/settle.h"

#include <algorithm>

#include "flow/limits.h"

namespace fovea::flow {
namespace {

using record::EffectState;

Result<void> keep(const Desk& desk, std::vector<store::EffectChange> changes) {
  store::Turn turn;
  turn.now = desk.clock.now();
  turn.effect_changes = std::move(changes);
  return turn.empty() ? Result<void>() : desk.store.commit(turn);
}

// One round over what is due. False: nothing was.
Result<bool> act_once(const Desk& desk, Actor& actor, int64_t seq) {
  FOVEA_TRY(auto due, desk.store.open_effects(desk.clock.now(), SIZE_MAX));
  std::erase_if(due, [&](const record::Effect& e) { return e.seq != seq; });
  if (due.empty()) return false;
  std::vector<store::EffectChange> changes;
  std::vector<record::Effect*> chosen;
  for (record::Effect& effect : due) {
    if (effect.state == EffectState::kUndoing) {
      changes.push_back(actor.undo(effect));
    } else {
      chosen.push_back(&effect);
    }
  }
  actor.begin(chosen, changes);
  std::vector<record::Effect> begun;
  for (record::Effect& effect : due) {
    if (effect.state != EffectState::kAttempted) continue;
    changes.push_back({effect.id,
                       effect.seq,
                       effect.state,
                       effect.attempts,
                       effect.not_before,
                       effect.last_error,
                       effect.outcome,
                       {},
                       {}});
    begun.push_back(effect);
  }
  FOVEA_OK(keep(desk, std::move(changes)));
  FOVEA_OK(keep(desk, actor.perform(begun)));
  return true;
}

}  // namespace

Result<std::vector<record::Effect>> settle(const Desk& desk, Actor& actor, Clock& clock, int64_t seq, Nanos patience) {
  Nanos end = clock.steady() + patience;
  for (;;) {
    FOVEA_TRY(bool acted, act_once(desk, actor, seq));
    if (acted) continue;
    FOVEA_TRY(auto effects, desk.store.effects_of(seq));
    bool open = std::ranges::any_of(effects, [](const record::Effect& e) {
      return e.state == EffectState::kPending || e.state == EffectState::kUndoing;
    });
    if (!open || clock.steady() >= end) return effects;
    clock.sleep(Nanos(kSettleWait));
  }
}

}  // namespace fovea::flow
