#include "record/prediction.h"

namespace fovea::record {
namespace {

// Left out where there is none: what was kept before precisions were has the same text, and so the same proof.
void add_precision(JsonObject& out, const std::string& precision) {
  if (!precision.empty()) out["precision"] = precision;
}

}  // namespace

Json to_json(const Scored& scored) {
  const Prediction& p = scored.prediction;
  JsonArray scores, focus, attempts;
  for (const auto& [label, score] : p.scores) scores.push_back(JsonArray{label, score});
  for (const Focus& f : p.focus) focus.push_back(JsonArray{f.begin, f.end, f.weight});
  for (const RungAttempt& a : scored.attempts) {
    JsonObject attempt{{"rung", a.rung},         {"outcome", a.outcome}, {"detail", a.detail},
                       {"spent_us", a.spent_us}, {"label", a.label},     {"probability", a.probability}};
    add_precision(attempt, a.precision);
    if (a.cost > 0) attempt["cost"] = a.cost;
    attempts.push_back(std::move(attempt));
  }
  JsonObject out{{"as", scored.as},           {"rung", scored.rung},
                 {"label", p.label},          {"probability", p.probability},
                 {"margin", p.margin},        {"outside", p.outside},
                 {"model", p.model},          {"scores", std::move(scores)},
                 {"focus", std::move(focus)}, {"attempts", std::move(attempts)},
                 {"text", scored.text_digest}};
  add_precision(out, p.precision);
  return out;
}

Result<Scored> scored_from_json(const Json& json) {
  if (!json.is_object()) return fail(Code::kDataLoss, "a kept prediction is no JSON object");
  Scored s;
  s.as = text_or(member(json, "as"), "");
  s.rung = text_or(member(json, "rung"), "");
  s.text_digest = text_or(member(json, "text"), "");
  Prediction& p = s.prediction;
  p.label = text_or(member(json, "label"), "");
  p.probability = number_or(member(json, "probability"), 0);
  p.margin = number_or(member(json, "margin"), 0);
  p.outside = member(json, "outside").is_bool() && member(json, "outside").get_bool();
  p.model = text_or(member(json, "model"), "");
  p.precision = text_or(member(json, "precision"), "");
  if (const auto* scores = member(json, "scores").if_array()) {
    for (const Json& each : *scores) {
      const auto* pair = each.if_array();
      if (!pair || pair->size() != 2) return fail(Code::kDataLoss, "a kept score is no pair");
      p.scores.emplace_back(text_or((*pair)[0], ""), number_or((*pair)[1], 0));
    }
  }
  if (const auto* focus = member(json, "focus").if_array()) {
    for (const Json& each : *focus) {
      const auto* triple = each.if_array();
      if (!triple || triple->size() != 3) return fail(Code::kDataLoss, "a kept focus is no triple");
      p.focus.push_back({static_cast<uint32_t>(number_or((*triple)[0], 0)),
                         static_cast<uint32_t>(number_or((*triple)[1], 0)),
                         static_cast<float>(number_or((*triple)[2], 0))});
    }
  }
  if (const auto* attempts = member(json, "attempts").if_array()) {
    for (const Json& a : *attempts) {
      s.attempts.push_back({std::string(text_or(member(a, "rung"), "")), std::string(text_or(member(a, "outcome"), "")),
                            std::string(text_or(member(a, "detail"), "")),
                            static_cast<int64_t>(number_or(member(a, "spent_us"), 0)),
                            std::string(text_or(member(a, "label"), "")), number_or(member(a, "probability"), 0),
                            std::string(text_or(member(a, "precision"), "")), number_or(member(a, "cost"), 0)});
    }
  }
  return s;
}

}  // namespace fovea::record
