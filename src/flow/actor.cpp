#include "flow/actor.h"

#include <fmt/format.h>

#include <algorithm>

#include "act/ledger.h"
#include "base/check.h"

namespace fovea::flow {
namespace {

// Calls `each(kind, group)` for the effects of each kind, in order. Never in parts: to tell lines that say the same
// apart, `append` must see all effects of one prepare() at once.
template <typename Each>
void by_kind(std::span<const record::Effect> effects, Each each) {
  bool one_kind = std::ranges::all_of(effects, [&](const auto& e) { return e.kind == effects.front().kind; });
  if (effects.empty()) return;
  if (one_kind) return each(effects.front().kind, effects);
  std::map<std::string, std::vector<record::Effect>> groups;
  for (const record::Effect& effect : effects) groups[effect.kind].push_back(effect);
  for (auto& [kind, group] : groups) each(kind, std::span<const record::Effect>(group));
}

}  // namespace

Actor::Actor(const file::FlowFile& flow, act::Effectors& effectors, const Clock& clock)
    : flow_(flow), effectors_(effectors), clock_(clock) {}

act::RetryPolicy Actor::policy_of(const std::string& effect_name) const {
  act::RetryPolicy policy;
  for (const file::EffectSpec& spec : flow_.act) {
    if (spec.name != effect_name) continue;
    policy.attempts_max = spec.retry.attempts;
    policy.first = spec.retry.backoff;
    policy.longest = spec.retry.backoff_max;
  }
  return policy;
}

store::EffectChange Actor::change_of(const record::Effect& effect, act::Phase phase,
                                     const record::Outcome& outcome) const {
  act::Next next = act::next_state(effect, phase, outcome, policy_of(effect.name), clock_.now());
  store::EffectChange change{effect.id,      effect.seq, next.state, next.attempts, next.not_before, next.last_error,
                             outcome.detail, {},         {}};
  // What the effect came to is needed for as long as it may have to be undone.
  if (change.outcome.is_null() || next.state == record::EffectState::kUndoing) change.outcome = effect.outcome;
  if (next.dead) {
    change.dead = record::DeadLetter{0,
                                     "act",
                                     effect.source,
                                     effect.event_id,
                                     fmt::format("effect {} ({}): {}", effect.name, effect.kind, next.last_error),
                                     "mend the cause, then run again: fovea undo, or write the effect by hand",
                                     next.attempts,
                                     effect.key,
                                     "",
                                     clock_.now()};
  }
  return change;
}

void Actor::begin(std::span<record::Effect*> effects, std::vector<store::EffectChange>& changes) {
  std::map<std::string, std::vector<record::Effect*>> groups;
  for (record::Effect* effect : effects) groups[effect->kind].push_back(effect);
  for (auto& [kind, group] : groups) {
    if (begin_together(group)) continue;
    for (record::Effect*& effect : group) {  // one that cannot be prepared does not keep the others back
      auto prepared = begin_together({&effect, 1});
      if (prepared) continue;
      changes.push_back(change_of(*effect, act::Phase::kPerform,
                                  {record::Outcome::Kind::kRetry, {}, prepared.error().text(), Nanos(0)}));
    }
  }
}

// Effects of one kind.
Result<void> Actor::begin_together(std::span<record::Effect*> group) {
  act::Effector* effector = effectors_.find(group.front()->kind);
  FOVEA_CHECK(effector != nullptr);
  std::vector<record::Effect>
      together;  // moved there and back: copies of their arguments would cost more than the rest
  for (record::Effect* effect : group) together.push_back(std::move(*effect));
  auto prepared = effector->prepare(together);
  FOVEA_CHECK(!prepared || prepared->size() == group.size());
  for (size_t i = 0; i < group.size(); ++i) {
    *group[i] = std::move(together[i]);
    if (!prepared) continue;
    group[i]->state = record::EffectState::kAttempted;
    group[i]->outcome = std::move((*prepared)[i]);
  }
  if (!prepared) return std::unexpected(prepared.error());
  return {};
}

std::vector<store::EffectChange> Actor::perform(std::span<const record::Effect> effects) {
  std::vector<store::EffectChange> changes;
  by_kind(effects, [&](const std::string& kind, std::span<const record::Effect> group) {
    act::Effector* effector = effectors_.find(kind);
    FOVEA_CHECK(effector != nullptr);
    auto outcomes = effector->perform(group);
    FOVEA_CHECK(outcomes.size() == group.size());
    for (size_t i = 0; i < group.size(); ++i) {
      store::EffectChange change = change_of(group[i], act::Phase::kPerform, outcomes[i]);
      bool ask = change.state == record::EffectState::kAttempted;
      if (ask) {
        auto answers = effector->reconcile(group.subspan(i, 1));
        change = change_of(group[i], act::Phase::kReconcile, answers.front());
        change.attempts = std::max(change.attempts, group[i].attempts + 1);
        if (change.state == record::EffectState::kPending) {
          change.not_before = clock_.now() + act::backoff(change.attempts, policy_of(group[i].name),
                                                          static_cast<uint64_t>(group[i].id));
        }
      }
      changes.push_back(std::move(change));
    }
  });
  return changes;
}

std::vector<store::EffectChange> Actor::recover(std::span<const record::Effect> effects) {
  std::vector<store::EffectChange> changes;
  std::vector<record::Effect> attempted;
  for (const record::Effect& effect : effects) {
    if (effect.state == record::EffectState::kAttempted) attempted.push_back(effect);
  }
  by_kind(attempted, [&](const std::string& kind, std::span<const record::Effect> group) {
    act::Effector* effector = effectors_.find(kind);
    for (size_t i = 0; i < group.size(); ++i) {
      if (effector == nullptr) {
        changes.push_back(
            change_of(group[i], act::Phase::kReconcile,
                      {record::Outcome::Kind::kFailed, {}, "this fovea has no kind '" + kind + "'", Nanos(0)}));
      }
    }
    if (effector == nullptr) return;
    auto outcomes = effector->reconcile(group);
    for (size_t i = 0; i < group.size(); ++i)
      changes.push_back(change_of(group[i], act::Phase::kReconcile, outcomes[i]));
  });
  return changes;
}

std::string Actor::undo_kind(const record::Effect& effect) {
  return std::string(text_or(member(effect.undo, "kind"), effect.kind));
}

store::EffectChange Actor::undo(const record::Effect& effect) {
  std::string kind = undo_kind(effect);
  const Json& undo_arguments = member(effect.undo, "arguments");
  act::Effector* effector = effectors_.find(kind);
  if (effector == nullptr)
    return change_of(effect, act::Phase::kUndo,
                     {record::Outcome::Kind::kFailed, {}, "this fovea has no kind '" + kind + "'", Nanos(0)});
  record::Outcome outcome;
  if (undo_arguments.is_null()) {
    outcome = effector->undo(effect);
  } else {
    record::Effect compensation = effect;
    compensation.kind = kind;
    compensation.key = "undo:" + effect.key;
    compensation.arguments = undo_arguments;
    auto prepared = effector->prepare({&compensation, 1});
    if (prepared) {
      compensation.outcome = prepared->front();
      outcome = effector->perform({&compensation, 1}).front();
    } else {
      outcome = {record::Outcome::Kind::kRetry, {}, prepared.error().text(), Nanos(0)};
    }
  }
  return change_of(effect, act::Phase::kUndo, outcome);
}

}  // namespace fovea::flow
