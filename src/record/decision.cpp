#include "record/decision.h"

namespace fovea::record {

Json to_json(const Decision& d) {
  JsonArray scored, hits;
  for (const Scored& each : d.scored) scored.push_back(to_json(each));
  for (const RuleHit& hit : d.hits) {
    JsonArray inputs;
    for (const auto& [expression, value] : hit.inputs) inputs.push_back(JsonArray{expression, value});
    hits.push_back(JsonObject{{"table", hit.table}, {"row", hit.row}, {"inputs", std::move(inputs)}});
  }
  return JsonObject{{"event_id", d.event_id},
                    {"source", d.source},
                    {"key", d.key},
                    {"flow", d.flow},
                    {"flow_version", d.flow_version},
                    {"flow_digest", d.flow_digest},
                    {"event_time_ns", d.event_time.ns},
                    {"decided_at_ns", d.decided_at.ns},
                    {"outputs", d.outputs},
                    {"scored", std::move(scored)},
                    {"hits", std::move(hits)},
                    {"for_human", d.for_human},
                    {"human_queue", d.human_queue},
                    {"latency_us", d.latency_us},
                    {"deadline_met", d.deadline_met}};
}

Result<Decision> decision_from_json(const Json& json) {
  const JsonObject* object = json.if_object();
  if (object == nullptr) return fail(Code::kDataLoss, "a kept decision is no JSON object");
  auto text = [&](std::string_view name) { return std::string(text_or(member(json, name), "")); };
  auto integer = [&](std::string_view name) -> int64_t {
    const Json& value = member(json, name);
    return value.is_int64() ? value.get_int64() : 0;
  };
  auto truth = [&](std::string_view name) { return member(json, name).is_bool() && member(json, name).get_bool(); };
  Decision d;
  d.event_id = text("event_id"), d.source = text("source"), d.key = text("key"), d.flow = text("flow");
  d.flow_version = integer("flow_version");
  d.flow_digest = text("flow_digest");
  d.event_time.ns = integer("event_time_ns");
  d.decided_at.ns = integer("decided_at_ns");
  if (const auto* outputs = member(json, "outputs").if_object()) d.outputs = *outputs;
  if (const auto* scored = member(json, "scored").if_array()) {
    for (const Json& each : *scored) {
      FOVEA_TRY(Scored s, scored_from_json(each));
      d.scored.push_back(std::move(s));
    }
  }
  if (const auto* hits = member(json, "hits").if_array()) {
    for (const Json& each : *hits) {
      RuleHit hit{std::string(text_or(member(each, "table"), "")),
                  static_cast<uint32_t>(number_or(member(each, "row"), 0)),
                  {}};
      if (const auto* inputs = member(each, "inputs").if_array()) {
        for (const Json& pair : *inputs) {
          const auto* two = pair.if_array();
          if (!two || two->size() != 2) return fail(Code::kDataLoss, "a kept rule input is no pair");
          hit.inputs.emplace_back(text_or((*two)[0], ""), (*two)[1]);
        }
      }
      d.hits.push_back(std::move(hit));
    }
  }
  d.for_human = truth("for_human");
  d.human_queue = text("human_queue");
  d.latency_us = integer("latency_us");
  d.deadline_met = truth("deadline_met");
  return d;
}

}  // namespace fovea::record
