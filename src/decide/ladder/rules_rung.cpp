#include "decide/ladder/rules_rung.h"

#include <fmt/format.h>

namespace fovea::ladder {

Answer RulesRung::answer_one(const Item& item) const {
  static const JsonObject kNothing;
  const expr::Scope::Name names[] = {{"text", expr::Value::text_view(item.text)}};
  auto found = table_.decide(expr::Scope(item.values ? *item.values : kNothing, names));
  if (!found) return {Verdict::kFailed, {}, found.error().text()};
  if (!found->hit) return {Verdict::kMissed, {}, "no row of " + table_.name() + " holds"};
  Answer answer{
      Verdict::kSure, {}, fmt::format("{}:{}", table_.name(), found->hits.empty() ? 0 : found->hits.front().row)};
  const Json* label = found->outputs.if_contains("label");
  const Json* probability = found->outputs.if_contains("probability");
  answer.prediction.label = label ? text_or(*label, "") : "";
  answer.prediction.probability = probability ? number_or(*probability, 1) : 1;
  answer.prediction.margin = answer.prediction.probability;
  return answer;
}

std::vector<Answer> RulesRung::answer(std::span<const Item> items, const Clock&) {
  std::vector<Answer> answers;
  answers.reserve(items.size());
  for (const Item& item : items) answers.push_back(answer_one(item));
  return answers;
}

}  // namespace fovea::ladder
