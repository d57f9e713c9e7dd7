#include "door/cli/undo.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/files.h"
#include "door/cli/change.h"
#include "door/cli/output.h"
#include "flow/file/flow_file.h"
#include "flow/requests.h"

namespace fovea::cli {
namespace {

using record::EffectState;

void say_steps(const Json& plan, bool done) {
  const auto* steps = member(plan, "steps").if_array();
  if (steps == nullptr) return;
  if (steps->empty()) say("  nothing was done that could be taken back");
  for (const Json& step : *steps) {
    std::string_view what = text_or(member(step, "step"), "");
    std::string name(text_or(member(step, "name"), "")), kind(text_or(member(step, "kind"), ""));
    if (what == "impossible") {
      say(fmt::format("  {} {} cannot be taken back: {}", fit(name, 16), fit(kind, 7),
                      text_or(member(step, "why"), "")));
    } else if (!done) {
      say(fmt::format("  {} {} would be {}", fit(name, 16), fit(kind, 7), what == "undo" ? "undone" : "cancelled"));
    }
  }
}

Result<int> dry_run(const UndoOptions& options) {
  RealFiles files;
  FOVEA_TRY(file::FlowFile flow, file::load_flow(files, options.flow));
  FOVEA_TRY(auto store, open_kept(options));
  FOVEA_TRY(flow::UndoPlan plan, flow::plan_undo(*store, flow, options.id));
  Json json = flow::undo_json(plan);
  say(fmt::format("undoing {} would take these steps, in this order:", plan.found.decision.event_id));
  say_steps(json, false);
  if (options.json) {
    json.as_object()["dry_run"] = true;
    answer(json);
  }
  return kDone;
}

bool impossible(const Json& plan) {
  const auto* steps = member(plan, "steps").if_array();
  return steps && std::ranges::any_of(*steps, [](const Json& step) { return member(step, "step") == "impossible"; });
}

// An effect of the order that could not be undone; what had failed before is none of its.
bool failed(const Json& plan, const std::vector<record::Effect>& effects) {
  const auto* steps = member(plan, "steps").if_array();
  return steps && std::ranges::any_of(effects, [&](const record::Effect& effect) {
           return effect.state == EffectState::kFailed && std::ranges::any_of(*steps, [&](const Json& step) {
                    return member(step, "effect") == Json(effect.id) && member(step, "step") == "undo";
                  });
         });
}

Result<int> undo(const UndoOptions& options) {
  JsonObject body{{"do", "undo"}, {"id", options.id}, {"by", options.by}};
  FOVEA_TRY(Changed changed, change(options, body));
  say(fmt::format("{}: taken back by {}{}", text_or(member(changed.answer, "event_id"), ""), options.by,
                  changed.by_run ? ", by the running flow" : ""));
  say_steps(changed.answer, true);
  std::ranges::reverse(changed.effects);
  say_effects(changed.effects);
  bool open = std::ranges::any_of(changed.effects, [](const auto& e) { return e.state == EffectState::kUndoing; });
  if (open) say("  what is still undoing is tried again by the next 'fovea run'");
  if (options.json) {
    JsonObject json = changed.answer.as_object();
    JsonArray effects;
    for (const auto& effect : changed.effects) effects.push_back(effect_json(effect));
    json["effects"] = std::move(effects);
    answer(json);
  }
  return failed(changed.answer, changed.effects) || impossible(changed.answer) ? kFailed : open ? kTryAgain : kDone;
}

Result<int> list(const HoldOptions& options) {
  FOVEA_TRY(auto store, open_kept(options));
  FOVEA_TRY(auto held, store->effects_in(EffectState::kHeld, SIZE_MAX));
  TimePoint now = SystemClock().now();
  JsonArray out;
  for (const record::Effect& effect : held) {
    out.push_back(effect_json(effect));
    Nanos left = effect.not_before - now;
    say(fmt::format("{:>6}  {} {} {} {}", effect.id, fit(effect.name, 16), fit(effect.kind, 7),
                    fit(left.count() > 0 ? "in " + ago(left) : "due at the next run", 20), effect.event_id));
  }
  if (held.empty()) say("nothing is held");
  if (!held.empty() && !options.json)
    say(dim(fmt::format("stop one: fovea hold cancel {}{}", held.front().id, options.options())));
  if (options.json) answer(JsonObject{{"held", std::move(out)}});
  return kDone;
}

Result<int> cancel(const HoldOptions& options) {
  JsonObject body{{"do", "cancel"}, {"effect", options.effect}, {"by", options.by}};
  FOVEA_TRY(Changed changed, change(options, body));
  say(fmt::format("effect {} ({}) of {} will not be done", options.effect, text_or(member(changed.answer, "name"), ""),
                  text_or(member(changed.answer, "event_id"), "")));
  if (options.json) answer(changed.answer);
  return kDone;
}

}  // namespace

int undo_event(UndoOptions options) {
  flow_first(options.flow, options.id);
  if (options.by.empty()) options.by = user_name();
  auto done = options.dry_run ? dry_run(options) : undo(options);
  return done ? *done : report(done.error(), options.json);
}

int list_holds(const HoldOptions& options) {
  auto done = list(options);
  return done ? *done : report(done.error(), options.json);
}

int cancel_hold(HoldOptions options) {
  if (options.by.empty()) options.by = user_name();
  auto done = cancel(options);
  return done ? *done : report(done.error(), options.json);
}

}  // namespace fovea::cli
