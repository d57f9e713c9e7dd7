#include "record/verdict.h"

namespace fovea::record {
namespace {

Json score_json(const Scored& scored) {
  JsonArray attempts;
  for (const RungAttempt& each : scored.attempts) {
    attempts.push_back(JsonObject{
        {"rung", each.rung}, {"outcome", each.outcome}, {"detail", each.detail}, {"spent_us", each.spent_us}});
  }
  return JsonObject{{"as", scored.as},
                    {"rung", scored.rung},
                    {"label", scored.prediction.label},
                    {"confidence", scored.prediction.probability},
                    {"margin", scored.prediction.margin},
                    {"outside", scored.prediction.outside},
                    {"model", scored.prediction.model},
                    {"attempts", std::move(attempts)}};
}

Json rule_json(const RuleHit& hit) {
  JsonArray read;
  for (const auto& [expression, value] : hit.inputs) {
    read.push_back(JsonObject{{"expression", expression}, {"value", value}});
  }
  return JsonObject{{"table", hit.table}, {"row", hit.row}, {"read", std::move(read)}};
}

void add_decision(const Decision& decision, JsonObject& out) {
  out["flow_version"] = decision.flow_version;
  out["decision"] = decision.outputs;
  if (!decision.scored.empty()) {
    const Scored& last = decision.scored.back();
    out["label"] = last.prediction.label;
    out["confidence"] = last.prediction.probability;
    out["rung"] = last.rung;
  }
  JsonArray scores, rules;
  for (const Scored& each : decision.scored) scores.push_back(score_json(each));
  for (const RuleHit& each : decision.hits) rules.push_back(rule_json(each));
  out["scores"] = std::move(scores);
  out["rules"] = std::move(rules);
  if (decision.for_human) out["waits_for"] = decision.human_queue;
  out["deadline_met"] = decision.deadline_met;
  out["latency_us"] = decision.latency_us;
}

}  // namespace

Json to_json(const Verdict& verdict) {
  JsonObject out{{"id", verdict.event_id},
                 {"source", verdict.source},
                 {"flow", verdict.flow},
                 {"fate", verdict.fate},
                 {"duplicate", verdict.duplicate}};
  if (verdict.decision) add_decision(*verdict.decision, out);
  JsonArray effects;
  for (const EffectNote& each : verdict.effects) {
    effects.push_back(JsonObject{{"name", each.name}, {"kind", each.kind}, {"key", each.key}, {"state", each.state}});
  }
  out["effects"] = std::move(effects);
  JsonObject receipt{{"seq", verdict.seq}};
  if (verdict.leaf >= 0) receipt["leaf"] = verdict.leaf;
  out["receipt"] = std::move(receipt);
  return out;
}

}  // namespace fovea::record
