// Drives effects: notes what is about to be tried, tries it, and says what to keep of it.
// Journey: begin() before the transaction that keeps an effect as attempted, perform() after it; the changes that
// perform() gives belong into the next transaction. recover() once after a start.
// Borrows everything. Threads: one at a time. Retries are decided here and nowhere else (act/retry.h).
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "act/effector.h"
#include "act/retry.h"
#include "flow/file/flow.h"
#include "store/turn.h"

namespace fovea::flow {

class Actor {
 public:
  Actor(const file::FlowFile& flow, act::Effectors& effectors, const Clock& clock);

  // Kinds that talk to others over a network: they may take long, and are done on a thread of their own.
  static bool slow(std::string_view kind) { return kind == "http" || kind == "mail"; }

  // Sets state attempted and what prepare() gave. An effect that cannot be prepared gets its next state at once.
  void begin(std::span<record::Effect*> effects, std::vector<store::EffectChange>& changes);

  // Tries effects that are kept as attempted. One change each.
  std::vector<store::EffectChange> perform(std::span<const record::Effect> effects);

  // Effects whose attempt was cut off: asks what happened.
  std::vector<store::EffectChange> recover(std::span<const record::Effect> effects);

  // An effect that is kept as undoing, taken back: by the compensation that was kept with it (`undo`: its kind and
  // arguments), or by its kind's own means where there is none.
  store::EffectChange undo(const record::Effect& effect);
  static std::string undo_kind(const record::Effect& effect);

 private:
  Result<void> begin_together(std::span<record::Effect*> group);
  act::RetryPolicy policy_of(const std::string& effect_name) const;
  store::EffectChange change_of(const record::Effect& effect, act::Phase phase, const record::Outcome& outcome) const;

  const file::FlowFile& flow_;
  act::Effectors& effectors_;
  const Clock& clock_;
};

}  // namespace fovea::flow
