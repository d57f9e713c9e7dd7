#include "flow/undo.h"

#include <fmt/format.h>

#include <algorithm>

#include "act/ledger.h"
#include "base/check.h"
#include "flow/original.h"
#include "flow/proof.h"
#include "flow/review.h"
#include "trust/audit/leaf.h"

namespace fovea::flow {
namespace {

using record::EffectState;

const file::EffectSpec* spec_of(const file::FlowFile& flow, const std::string& name) {
  auto found = std::ranges::find(flow.act, name, &file::EffectSpec::name);
  return found == flow.act.end() ? nullptr : &*found;
}

// Calls and mails leave the house: only what the flow declares takes them back.
bool undoes_itself(std::string_view kind) {
  return kind == "append" || kind == "move";
}

Result<Json> compensation(const file::FlowFile& flow, const record::Effect& effect, const std::string& original,
                          const JsonObject& values) {
  const file::EffectSpec* spec = spec_of(flow, effect.name);
  if (spec == nullptr || !spec->undo) {
    if (!effect.undo.is_null())
      return fail(Code::kFailedPrecondition, "the flow no longer says how it is undone", "",
                  "give the effect '" + effect.name + "' its `undo` again");
    if (undoes_itself(effect.kind)) return Json();
    return fail(Code::kFailedPrecondition, fmt::format("{} cannot be taken back by itself", effect.kind), "",
                "declare an `undo` in the flow");
  }
  const expr::Scope::Name names[] = {{"outcome", expr::Value::view(effect.outcome)}};
  FOVEA_TRY(Json arguments, spec->undo->arguments.fill(expr::Scope(values, names)));
  file::EffectSpec as_undo = *spec;
  as_undo.action = *spec->undo;
  FOVEA_OK(place_arguments(flow, as_undo, original, arguments));
  return JsonObject{{"kind", file::action_name(spec->undo->kind)}, {"arguments", std::move(arguments)}};
}

store::EffectChange change_of(const record::Effect& effect, EffectState state, TimePoint now) {
  store::EffectChange change{effect.id, effect.seq, state, effect.attempts, now, "", effect.outcome, {}, {}};
  return change;
}

// One entry of the audit log for one order.
Result<store::Undo> order_of(store::Store& store, const store::Found& found, const std::string& by, std::string detail,
                             TimePoint now) {
  FOVEA_TRY(record::Decision decision, latest_decision(store, found));
  store::Undo order{found.seq, by, fmt::format("by {}:{}\n{}", by.size(), by, detail), now, {}};
  std::string salt = audit::make_salt();
  order.proof = store::Proof{audit::make_leaf(undone_decision(std::move(decision), now), salt, found.payload_digest,
                                              audit::LeafKind::kUndo, order.detail)
                                 .bytes,
                             salt};
  return order;
}

}  // namespace

Result<UndoPlan> plan_undo(store::Store& store, const file::FlowFile& flow, const std::string& id) {
  FOVEA_TRY(auto found, store.find(id));
  if (!found) return fail(Code::kNotFound, "no decision with the id '" + id + "'", "", "see 'fovea decisions'");
  if (found->decision.flow != flow.name)
    return fail(Code::kFailedPrecondition, fmt::format("event '{}' belongs to the flow '{}'", id, found->decision.flow),
                flow.path, "name the file of that flow");
  UndoPlan plan;
  plan.found = std::move(*found);
  FOVEA_TRY(auto effects, store.effects_of(plan.found.seq));
  FOVEA_TRY(record::Decision decision, latest_decision(store, plan.found));
  FOVEA_TRY(Remembered remembered, remember(store, plan.found, decision));
  for (const act::UndoStep& step : act::plan_undo(effects)) {
    auto effect = std::ranges::find(effects, step.effect, &record::Effect::id);
    FOVEA_CHECK(effect != effects.end());
    UndoStep next{UndoStep::What::kUndo, *effect, {}, ""};
    if (step.what == act::UndoStep::What::kWait)
      return fail(Code::kUnavailable, fmt::format("the effect '{}' is being done right now", effect->name), "",
                  "try again when it has ended; a 'fovea run' settles what was cut off");
    if (effect->state == EffectState::kUndoing) continue;  // ordered already
    if (step.what == act::UndoStep::What::kCancel) {
      next.what = UndoStep::What::kCancel;
    } else if (auto undo = compensation(flow, *effect, plan.found.original, remembered.values); undo) {
      next.undo = std::move(*undo);
    } else {
      next.what = UndoStep::What::kImpossible;
      next.why = remembered.expired ? "its payload has expired: " + undo.error().text() : undo.error().text();
    }
    plan.steps.push_back(std::move(next));
  }
  return plan;
}

Result<UndoPlan> order_undo(const Desk& desk, const std::string& id, const std::string& by) {
  FOVEA_CHECK(desk.journey != nullptr);
  FOVEA_TRY(UndoPlan plan, plan_undo(desk.store, desk.journey->flow(), id));
  store::Turn turn;
  turn.now = desk.clock.now();
  std::string detail;
  for (const UndoStep& step : plan.steps) {
    if (step.what == UndoStep::What::kImpossible) continue;
    bool cancel = step.what == UndoStep::What::kCancel;
    store::EffectChange change =
        change_of(step.effect, cancel ? EffectState::kCancelled : EffectState::kUndoing, turn.now);
    change.attempts = cancel ? step.effect.attempts : 0;  // an undo has its own count
    change.undo = step.undo;
    turn.effect_changes.push_back(std::move(change));
    detail += fmt::format("{} {}\n", cancel ? "cancel" : "undo", step.effect.digest);
  }
  if (turn.effect_changes.empty()) {
    if (plan.steps.empty())
      return fail(Code::kFailedPrecondition, fmt::format("'{}' has no effect that could be taken back", id), "",
                  "see 'fovea explain'");
    return fail(Code::kFailedPrecondition, "nothing of it can be taken back: " + plan.steps.front().why);
  }
  FOVEA_TRY(store::Undo order, order_of(desk.store, plan.found, by, std::move(detail), turn.now));
  turn.undos.push_back(std::move(order));
  FOVEA_OK(desk.store.commit(turn));
  FOVEA_OK(feed_log(desk.store, desk.log));
  return plan;
}

Result<record::Effect> cancel_hold(const Desk& desk, int64_t id, const std::string& by) {
  FOVEA_TRY(auto effect, desk.store.effect(id));
  if (!effect) return fail(Code::kNotFound, fmt::format("there is no effect {}", id), "", "see 'fovea hold list'");
  if (effect->state != EffectState::kHeld)
    return fail(Code::kFailedPrecondition,
                fmt::format("the effect {} is {}, not held", id, record::state_name(effect->state)), "",
                effect->state == EffectState::kCommitted ? "take it back with 'fovea undo'" : "see 'fovea hold list'");
  FOVEA_TRY(auto found, desk.store.find(fmt::format("#{}", effect->seq)));
  if (!found) return fail(Code::kDataLoss, fmt::format("the effect {} has no decision", id));
  store::Turn turn;
  turn.now = desk.clock.now();
  turn.effect_changes.push_back(change_of(*effect, EffectState::kCancelled, turn.now));
  FOVEA_TRY(store::Undo order, order_of(desk.store, *found, by, fmt::format("cancel {}\n", effect->digest), turn.now));
  turn.undos.push_back(std::move(order));
  FOVEA_OK(desk.store.commit(turn));
  FOVEA_OK(feed_log(desk.store, desk.log));
  effect->state = EffectState::kCancelled;
  return std::move(*effect);
}

}  // namespace fovea::flow
