#include "flow/actor.h"

#include <fmt/format.h>

#include "act/ledger.h"
#include "act/limits.h"
#include "base/check.h"

namespace fovea::flow {
namespace {

// Calls `each(kind, group)` for the effects of each kind, in order, at most act::kBatchMax at a time.
template <typename Each>
void by_kind(std::span<const record::Effect> effects, Each each) {
  std::map<std::string, std::vector<record::Effect>> groups;
  auto flush = [&](const std::string& kind, std::vector<record::Effect>& group) {
    if (!group.empty()) each(kind, std::span<const record::Effect>(group));
    group.clear();
  };
  for (const record::Effect& effect : effects) {
    auto& group = groups[effect.kind];
    group.push_back(effect);
    if (group.size() == act::kBatchMax) flush(effect.kind, group);
  }
  for (auto& [kind, group] : groups) flush(kind, group);
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
  store::EffectChange change{effect.id,       effect.seq,      next.state,     next.attempts,
                             next.not_before, next.last_error, outcome.detail, {}};
  if (change.outcome.is_null()) change.outcome = effect.outcome;
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
    act::Effector* effector = effectors_.find(kind);
    FOVEA_CHECK(effector != nullptr);
    for (size_t at = 0; at < group.size(); at += act::kBatchMax) {
      size_t count = std::min(act::kBatchMax, group.size() - at);
      std::vector<record::Effect> copies;
      for (size_t i = 0; i < count; ++i) copies.push_back(*group[at + i]);
      auto prepared = effector->prepare(copies);
      for (size_t i = 0; i < count; ++i) {
        record::Effect& effect = *group[at + i];
        if (prepared) {
          effect.state = record::EffectState::kAttempted;
          effect.outcome = std::move((*prepared)[i]);
        } else {
          changes.push_back(change_of(effect, act::Phase::kPerform,
                                      {record::Outcome::Kind::kRetry, {}, prepared.error().text(), Nanos(0)}));
        }
      }
    }
  }
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
  for (const record::Effect& effect : effects) {
    if (effect.state != record::EffectState::kUndoing) continue;
    std::string undo_kind(text_or(member(effect.undo, "kind"), effect.kind));
    changes.push_back(undo(effect, undo_kind, member(effect.undo, "arguments")));
  }
  return changes;
}

store::EffectChange Actor::undo(const record::Effect& effect, const std::string& undo_kind,
                                const Json& undo_arguments) {
  act::Effector* effector = effectors_.find(undo_kind);
  if (effector == nullptr)
    return change_of(effect, act::Phase::kUndo,
                     {record::Outcome::Kind::kFailed, {}, "this fovea has no kind '" + undo_kind + "'", Nanos(0)});
  record::Outcome outcome;
  if (undo_arguments.is_null()) {
    outcome = effector->undo(effect);
  } else {
    record::Effect compensation = effect;
    compensation.kind = undo_kind;
    compensation.key = "undo:" + effect.key;
    compensation.arguments = undo_arguments;
    auto prepared = effector->prepare({&compensation, 1});
    if (prepared) compensation.outcome = prepared->front();
    outcome = effector->perform({&compensation, 1}).front();
  }
  return change_of(effect, act::Phase::kUndo, outcome);
}

}  // namespace fovea::flow
