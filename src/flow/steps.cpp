// The steps of a flow, one function each.
#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "decide/ladder/rungs.h"
#include "flow/journey.h"
#include "flow/journey_step.h"
#include "stream/clean/clean.h"

namespace fovea::flow {
namespace {

std::string text_digest(const std::string& secret, std::string_view text) {
  Digest digest = hmac_sha256(secret, text);
  return to_hex(bytes_of(digest));
}

// Cleaning, redaction and windows did their work when the event came in; what they gave was kept with it.
bool decides_again(const file::Step& step) {
  return std::holds_alternative<file::Score>(step.what) || std::holds_alternative<file::Decide>(step.what) ||
         std::holds_alternative<file::Drop>(step.what);
}

const record::Scored* scored_before(const Traveller& t, const std::string& as) {
  if (t.before == nullptr) return nullptr;
  const auto found = std::ranges::find(t.before->scored, as, &record::Scored::as);
  return found == t.before->scored.end() ? nullptr : &*found;
}

}  // namespace

JsonObject scored_values(const record::Scored& scored) {
  const record::Prediction& p = scored.prediction;
  return {{"label", p.label},     {"probability", p.probability}, {"margin", p.margin},
          {"outside", p.outside}, {"rung", scored.rung},          {"model", p.model}};
}

void Journey::run_steps(std::span<Traveller> travellers, size_t from, size_t to, TimePoint now) {
  for (size_t i = from; i < to; ++i) run_step(*steps_[i], travellers, now);
}

void Journey::run_step(Step& step, std::span<Traveller> travellers, TimePoint now) {
  if (std::holds_alternative<file::Score>(step.spec.what)) return run_score(step, travellers, now);
  for (Traveller& t : travellers) {
    bool goes = step.window ? t.live() : t.deciding();  // what waits for a person still counts in windows
    if (!goes) continue;
    if (const auto* clean = std::get_if<file::Clean>(&step.spec.what)) {
      t.fields_to_event();
      clean::clean_event(t.event, {clean->html == file::Clean::Html::kText, clean->drop_quotes, clean->drop_signature});
    } else if (std::holds_alternative<file::Redact>(step.spec.what)) {
      t.fields_to_event();
      privacy::redact_event(t.event, redacted_, ports_.secret);
    } else if (step.window) {
      t.fields_to_values();
      run_window(step, t, now);
    } else if (const auto* decide = std::get_if<file::Decide>(&step.spec.what)) {
      t.fields_to_values();
      run_decide(*decide, t, now);
    } else if (const auto* drop = std::get_if<file::Drop>(&step.spec.what)) {
      t.fields_to_values();
      auto yes = drop->when.eval_bool(t.values);
      if (!yes) {
        t.die("drop", yes.error(), now);
      } else if (*yes) {
        t.fate = store::Fate::kDropped;
      }
    }
  }
}

void Journey::run_window(Step& step, Traveller& t, TimePoint now) {
  const auto& spec = std::get<file::Window>(step.spec.what);
  expr::Scope scope(t.values);
  auto key = spec.key.eval_text(scope);
  if (!key) return t.die("window", key.error(), now);
  std::vector<Json> values;
  for (const file::Feature& feature : spec.keep) {
    auto value = feature.of ? feature.of->eval_json(scope) : Result<Json>(Json());
    values.push_back(value ? std::move(*value) : Json());  // an event without the value does not take part
  }
  auto features = step.window->add(*key, window::Watermark::trusted(t.event.time, now), values);
  if (!features) return t.die("window", features.error(), now);
  t.values[spec.as] = std::move(*features);
}

void Journey::run_score(Step& step, std::span<Traveller> travellers, TimePoint now) {
  const auto& spec = std::get<file::Score>(step.spec.what);
  std::vector<Traveller*> asked;
  std::vector<std::string> texts;
  for (Traveller& t : travellers) {
    if (!t.deciding()) continue;
    t.fields_to_values();
    auto text = spec.text.eval_text(t.values);
    if (!text) {
      t.die("score", text.error(), now);
      continue;
    }
    asked.push_back(&t);
    texts.push_back(std::move(*text));
  }
  if (asked.empty()) return;
  std::vector<ladder::Item> items;
  for (size_t i = 0; i < asked.size(); ++i) {
    Nanos deadline = spec.deadline ? asked[i]->intake + *spec.deadline : Nanos::max();
    if (asked[i]->event.due > Nanos(0)) deadline = std::min(deadline, asked[i]->event.due);
    items.push_back({texts[i], text_digest(ports_.secret, texts[i]), &asked[i]->values, deadline,
                     scored_before(*asked[i], spec.as)});
  }
  auto scored = ladder::climb(step.ladder, items, spec.as, ports_.clock);
  Nanos end = ports_.clock.steady();
  for (size_t i = 0; i < asked.size(); ++i) {
    if (end > items[i].deadline) asked[i]->decision.deadline_met = false;
    keep_scored(*asked[i], spec, std::move(scored[i]), std::move(texts[i]));
  }
}

void Journey::keep_scored(Traveller& t, const file::Score& score, record::Scored scored, std::string text) const {
  t.values[score.as] = scored_values(scored);
  if (scored.rung == "human") {
    t.decision.for_human = true;
    t.decision.human_queue = score.ladder.back().queue;
  }
  if (!scored.prediction.focus.empty()) t.texts[score.as] = std::move(text);
  t.decision.scored.push_back(std::move(scored));
}

void Journey::run_decide(const file::Decide& decide, Traveller& t, TimePoint now) const {
  auto answer = decide.table.decide(t.values);
  if (!answer) return t.die("decide", answer.error(), now);
  for (auto& [name, value] : answer->outputs) t.decision.outputs[name] = std::move(value);
  for (auto& hit : answer->hits) t.decision.hits.push_back(std::move(hit));
  t.values["decision"] = t.decision.outputs;
}

void Journey::decide_reviewed(Traveller& t, const std::string& label, TimePoint now) {
  size_t after = 0;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const auto* score = std::get_if<file::Score>(&steps_[i]->spec.what);
    if (score == nullptr || t.decision.scored.empty() || score->as != t.decision.scored.back().as) continue;
    after = i + 1;
    record::Scored& scored = t.decision.scored.back();
    scored.prediction = {};
    scored.prediction.label = label;
    scored.prediction.probability = 1;
    scored.prediction.margin = 1;
    t.values[score->as] = scored_values(scored);
  }
  t.decision.for_human = false;
  t.decision.human_queue.clear();
  for (size_t i = after; after > 0 && i < steps_.size(); ++i) {
    if (decides_again(steps_[i]->spec)) run_step(*steps_[i], {&t, 1}, now);
  }
}

void Journey::decide_again(std::span<Traveller> travellers, TimePoint now) {
  for (auto& step : steps_) {
    if (decides_again(step->spec)) run_step(*step, travellers, now);
  }
}

}  // namespace fovea::flow
