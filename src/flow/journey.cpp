#include "flow/journey.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/time_text.h"
#include "decide/ladder/limits.h"
#include "decide/ladder/rules_rung.h"
#include "decide/ladder/rungs.h"
#include "flow/journey_step.h"
#include "trust/audit/leaf.h"

namespace fovea::flow {
namespace {

constexpr Nanos kHorizonByDefault = std::chrono::hours(24);

// What is kept of an event (windows, scored texts) must come after the redaction.
Result<void> check_redaction(const file::FlowFile& flow) {
  bool kept = false;
  for (const file::Step& step : flow.steps) {
    if (kept && std::holds_alternative<file::Redact>(step.what)) {
      return fail(Code::kInvalidArgument, "'redact' comes after a step whose results are kept",
                  fmt::format("{}:{}:{}", flow.path, step.place.line, step.place.column),
                  "move it up: only 'clean' may stand before it");
    }
    kept = kept || !(std::holds_alternative<file::Clean>(step.what) || std::holds_alternative<file::Redact>(step.what));
  }
  return {};
}

void set_if_missing(JsonObject& fields, std::string_view name, std::string_view text) {
  if (!fields.contains(name)) fields[name] = text;
}

}  // namespace

std::string window_row(const std::string& as, const std::string& key) {
  return as + "\x1f" + key;
}

Journey::Journey(const file::FlowFile& flow, JourneyPorts ports)
    : flow_(flow),
      ports_(std::move(ports)),
      lateness_(flow.source.lateness.value_or(Nanos(0))),
      horizon_(flow.source.lateness.value_or(kHorizonByDefault)) {}

Journey::~Journey() = default;

Result<std::unique_ptr<Journey>> Journey::create(const file::FlowFile& flow, JourneyPorts ports) {
  auto journey = std::unique_ptr<Journey>(new Journey(flow, std::move(ports)));
  for (const file::Step& step : flow.steps) FOVEA_OK(journey->open_step(step));
  FOVEA_OK(check_redaction(flow));
  bool redacts = false;
  while (journey->first_context_step_ < flow.steps.size()) {
    const auto& what = flow.steps[journey->first_context_step_].what;
    redacts = redacts || std::holds_alternative<file::Redact>(what);
    if (std::holds_alternative<file::Clean>(what)) journey->redacted_before_clean_ = redacts;
    if (!std::holds_alternative<file::Clean>(what) && !std::holds_alternative<file::Redact>(what)) break;
    ++journey->first_context_step_;
  }
  return journey;
}

Result<void> Journey::open_step(const file::Step& spec) {
  auto step = std::make_unique<Step>(Step{spec, nullptr, {}});
  if (const auto* redact = std::get_if<file::Redact>(&spec.what)) {
    for (const std::string& name : redact->kinds) {
      FOVEA_TRY(privacy::Kind kind, privacy::kind_from_name(name));
      redacted_.add(kind);
    }
  } else if (const auto* spec_window = std::get_if<file::Window>(&spec.what)) {
    window::Spec window{spec_window->as, spec_window->span, {}};
    for (const file::Feature& feature : spec_window->keep) {
      window.keep.push_back({feature.name, static_cast<window::Aggregate>(feature.fold)});
    }
    FOVEA_TRY(step->window, window::Window::create(std::move(window)));
  } else if (const auto* score = std::get_if<file::Score>(&spec.what)) {
    for (const file::Rung& rung : score->ladder) {
      switch (rung.kind) {
        case file::Rung::Kind::kCache:
          step->ladder.push_back(std::make_unique<ladder::CacheRung>(rung.ttl, ladder::kCacheEntriesMax));
          break;
        case file::Rung::Kind::kModel:
        case file::Rung::Kind::kRemote: {
          FOVEA_TRY(auto rungs, ports_.open_model(rung, score->sure));
          for (auto& each : rungs) step->ladder.push_back(std::move(each));
          break;
        }
        case file::Rung::Kind::kRules:
          step->ladder.push_back(std::make_unique<ladder::RulesRung>(*rung.rules));
          break;
        case file::Rung::Kind::kHuman:
          step->ladder.push_back(std::make_unique<ladder::HumanRung>(rung.queue));
          break;
        case file::Rung::Kind::kDefault:
          step->ladder.push_back(std::make_unique<ladder::DefaultRung>(rung.label));
          break;
      }
    }
  }
  steps_.push_back(std::move(step));
  return {};
}

Result<void> Journey::restore(store::Store& store) {
  FOVEA_TRY(auto watermark, store.windows(std::string(kWatermarkRow)));
  for (const auto& [name, bytes] : watermark) {
    FOVEA_OK(lateness_.restore(bytes));
    FOVEA_OK(horizon_.restore(bytes));
  }
  for (auto& step : steps_) {
    if (!step->window) continue;
    std::string prefix = window_row(step->window->spec().as, "");
    FOVEA_TRY(auto rows, store.windows(prefix));
    for (const auto& [name, bytes] : rows)
      FOVEA_OK(step->window->restore(std::string_view(name).substr(prefix.size()), bytes));
  }
  return {};
}

// Evaluates the flow's id, key and time, and takes personal data out of the id and the key, which are kept in any case.
void Journey::identify(Traveller& t, TimePoint now) const {
  t.fields_to_values();
  expr::Scope scope(t.values);
  const file::Source& source = flow_.source;
  auto text_of = [&](const std::optional<expr::Expression>& expression, std::string& out) {
    if (!expression || !t.live()) return;
    auto text = expression->eval_text(scope);
    if (text) {
      out = std::move(*text);
    } else {
      t.die("parse", text.error(), now);
    }
  };
  std::string own_id = t.event.id;
  text_of(source.id, t.event.id);
  if (t.live() && t.event.id.empty()) {
    t.event.id = own_id;
    t.die("parse", Error{Code::kInvalidArgument, "the id is empty", "id", "events without an id cannot be told apart"},
          now);
  }
  text_of(source.key, t.event.key);
  if (source.time && t.live()) {
    auto value = source.time->eval(scope);
    auto time = value ? expr::to_time_point(*value) : Result<TimePoint>(std::unexpected(value.error()));
    if (time) {
      t.event.time = *time;
    } else {
      t.die("parse", time.error(), now);
    }
  }
  t.fields_to_event();
  if (!redacted_.empty()) {
    record::Event names;
    names.id = t.event.id, names.key = t.event.key;
    privacy::redact_event(names, redacted_, ports_.secret);
    t.event.id = std::move(names.id), t.event.key = std::move(names.key);
  }
  set_if_missing(t.event.fields, "id", t.event.id);
  set_if_missing(t.event.fields, "key", t.event.key);
  set_if_missing(t.event.fields, "source", t.event.source);
  if (!t.event.fields.contains("time")) t.event.fields["time"] = format_rfc3339(t.event.time);
}

Result<void> Journey::drop_duplicates(std::span<Traveller> travellers, TimePoint now, const Seen& seen) const {
  std::vector<std::string> ids;
  for (const Traveller& t : travellers) ids.push_back(t.event.id);
  FOVEA_TRY(auto known, seen(ids));
  std::map<std::string, int64_t> here;
  for (Traveller& t : travellers) {
    auto found = known.find(t.event.id);
    bool remembered =
        found != known.end() && (!flow_.source.dedupe || now - found->second.last <= *flow_.source.dedupe);
    t.duplicate = remembered || here.contains(t.event.id);
    if (t.duplicate) continue;
    t.again = found != known.end() ? found->second.times : 0;
    here[t.event.id] = 1;
  }
  return {};
}

void Journey::drop_late(std::span<Traveller> travellers, TimePoint now) {
  for (Traveller& t : travellers) {
    if (!t.live()) continue;
    TimePoint time = window::Watermark::trusted(t.event.time, now);
    if (flow_.source.lateness && lateness_.is_late(time)) {
      t.fate = store::Fate::kLate;
      continue;
    }
    lateness_.observe(time, now);
    horizon_.observe(time, now);
  }
}

Result<std::vector<connectors::Receipt>> Journey::take(std::vector<record::Event> events, TimePoint now,
                                                       const Seen& seen, store::Turn& turn) {
  std::vector<Traveller> travellers(events.size());
  Nanos intake = ports_.clock.steady();
  for (size_t i = 0; i < events.size(); ++i) {
    Traveller& t = travellers[i];
    t.event = std::move(events[i]);
    t.intake = intake;
    t.event.received = now;
    if (!t.event.decoded) t.die("parse", Error{Code::kInvalidArgument, t.event.problem, "", ""}, now);
    identify(t, now);
  }
  FOVEA_OK(drop_duplicates(travellers, now, seen));
  for (Traveller& t : travellers) {
    // A dead letter keeps what could be read of it, without personal data.
    if (t.fate == store::Fate::kDead && !t.duplicate && !redacted_.empty())
      privacy::redact_event(t.event, redacted_, ports_.secret);
  }
  run_steps(travellers, 0, first_context_step_, now);
  if (redacted_before_clean_) {  // cleaning undoes the tricks by which an address was hidden from the redaction
    for (Traveller& t : travellers) {
      if (t.live()) privacy::redact_event(t.event, redacted_, ports_.secret);
    }
  }
  drop_late(travellers, now);
  for (Traveller& t : travellers) t.fields_to_values();
  run_steps(travellers, first_context_step_, steps_.size(), now);
  std::vector<connectors::Receipt> receipts;
  bool any = false;
  for (Traveller& t : travellers) {
    receipts.push_back({t.event.id, t.duplicate});
    turn.duplicates += t.duplicate;
    if (t.duplicate) continue;
    any = true;
    t.fields_to_values();
    finish(t, now, turn);
  }
  for (auto& step : steps_) {
    if (!step->window) continue;
    step->window->expire(horizon_.at());
    for (auto& [key, bytes] : step->window->take_changes())
      turn.windows[window_row(step->window->spec().as, key)] = std::move(bytes);
  }
  if (any && flow_.source.lateness) turn.windows[std::string(kWatermarkRow)] = lateness_.to_bytes();
  turn.now = now;
  return receipts;
}

// Closes the decision, its proof, its payload and its effects.
void Journey::finish(Traveller& t, TimePoint now, store::Turn& turn) {
  store::Kept kept;
  kept.fate = t.fate;
  kept.again = t.again;
  if (t.live()) {
    t.decision.event_id = t.event.id, t.decision.source = t.event.source, t.decision.key = t.event.key;
    t.decision.flow = flow_.name, t.decision.flow_version = flow_.version, t.decision.flow_digest = flow_.flow_digest;
    t.decision.event_time = t.event.time, t.decision.decided_at = now;
    t.decision.latency_us =
        std::chrono::duration_cast<std::chrono::microseconds>(ports_.clock.steady() - t.intake).count();
    if (!t.decision.for_human) kept.effects = intend(t, now);
  }
  JsonObject payload;
  for (auto& [name, value] : t.values) {
    bool is_score = std::ranges::any_of(t.decision.scored, [&](const auto& s) { return s.as == name; });
    if (name != "decision" && !is_score) payload.emplace(name, std::move(value));
  }
  if (!t.texts.empty()) payload.emplace("texts", std::move(t.texts));
  kept.payload = to_text(payload);
  kept.payload_expires = flow_.keep.payloads ? now + *flow_.keep.payloads : TimePoint{INT64_MAX};
  if (t.live()) {
    std::string salt = audit::make_salt();
    kept.payload_digest = bytes_of(sha256(kept.payload));
    kept.proof = store::Proof{audit::make_leaf(t.decision, salt, kept.payload_digest).bytes, salt};
    kept.decision_text = to_text(record::to_json(t.decision));
    kept.decision = std::move(t.decision);
  }
  if (t.dead && !redacted_.empty()) {  // a cause may quote the value that it complains about
    privacy::Counts counts;
    t.dead->cause = privacy::redact_text(t.dead->cause, redacted_, counts);
    t.dead->hint = privacy::redact_text(t.dead->hint, redacted_, counts);
  }
  kept.dead = std::move(t.dead);
  kept.event = std::move(t.event);
  turn.events.push_back(std::move(kept));
}

JsonObject context_of(const record::Decision& decision, const Json& payload) {
  JsonObject values;
  if (const auto* kept = payload.if_object()) {
    for (const auto& [name, value] : *kept) {
      if (name != "texts") values.emplace(name, value);
    }
  }
  for (const record::Scored& scored : decision.scored) values[scored.as] = scored_values(scored);
  values["decision"] = decision.outputs;
  return values;
}

}  // namespace fovea::flow
