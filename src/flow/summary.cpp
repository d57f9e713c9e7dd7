#include "flow/summary.h"

namespace fovea::flow {

void Summary::add(const store::Kept& kept, const file::Cost& prices) {
  ++ingested;
  switch (kept.fate) {
    case store::Fate::kDead:
      ++dead_lettered;
      return;
    case store::Fate::kLate:
      ++late;
      return;
    case store::Fate::kDropped:
      ++dropped;
      return;
    case store::Fate::kDecided:
      break;
  }
  ++decided;
  if (kept.dead) ++failed;  // an effect that could not be planned
  if (!kept.decision) return;
  for_human += kept.decision->for_human;
  deadline_missed += !kept.decision->deadline_met;
  for (const record::Scored& scored : kept.decision->scored) {
    ++rungs[scored.rung];
    for (const record::RungAttempt& attempt : scored.attempts) {
      auto price = prices.rungs.find(attempt.rung);
      if (price != prices.rungs.end() && attempt.outcome != "skipped") cost += price->second;
      if (price == prices.rungs.end()) cost += attempt.cost;
    }
  }
}

Json Summary::json() const {
  JsonObject rung_counts;
  for (const auto& [name, count] : rungs) rung_counts[name] = count;
  return JsonObject{
      {"ingested", ingested},
      {"decided", decided},
      {"dead_lettered", dead_lettered},
      {"late", late},
      {"dropped", dropped},
      {"duplicates", duplicates},
      {"rungs", std::move(rung_counts)},
      {"effects", JsonObject{{"committed", committed}, {"failed", failed}, {"undone", undone}, {"held", held}}},
      {"latency_ms", JsonObject{{"p50", latency.percentile_us(50) / 1000},
                                {"p95", latency.percentile_us(95) / 1000},
                                {"p99", latency.percentile_us(99) / 1000}}},
      {"for_human", for_human},
      {"deadline_missed", deadline_missed},
      {"cost", cost},
      {"seconds", seconds}};
}

}  // namespace fovea::flow
