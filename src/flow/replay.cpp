#include "flow/replay.h"

#include <algorithm>

#include "flow/review.h"

namespace fovea::flow {
namespace {

constexpr size_t kReplayBatch = 64;
constexpr Nanos kNever = Nanos::max() / 2;  // an intake from which no deadline ever passes

// Through the text in which decisions are kept, so that both sides went the same way.
Result<record::Decision> as_kept(const record::Decision& decision) {
  FOVEA_TRY(Json json, parse_json(to_text(record::to_json(decision))));
  return record::decision_from_json(json);
}

bool pushed_by_deadline(const record::Decision& decision) {
  return std::ranges::any_of(decision.scored, [](const record::Scored& scored) {
    return std::ranges::any_of(scored.attempts, [](const record::RungAttempt& attempt) {
      return attempt.outcome == "late" || attempt.outcome == "skipped";
    });
  });
}

// Decisions of before precisions were kept were scored in fp32.
std::string_view precision_of(const record::Prediction& prediction) {
  return prediction.precision.empty() ? "fp32" : std::string_view(prediction.precision);
}

bool precisions_differ(const record::Decision& before, const record::Decision& after) {
  for (const record::Scored& a : before.scored)
    for (const record::Scored& b : after.scored)
      if (a.as == b.as && a.rung == b.rung && precision_of(a.prediction) != precision_of(b.prediction)) return true;
  return false;
}

// The same model on the same rung and in the same precision must give the same bits.
bool scores_differ(const record::Decision& before, const record::Decision& after) {
  for (const record::Scored& a : before.scored) {
    for (const record::Scored& b : after.scored) {
      if (a.as != b.as || a.rung != b.rung || a.prediction.model.empty() || a.prediction.model != b.prediction.model ||
          precision_of(a.prediction) != precision_of(b.prediction))
        continue;
      if (a.prediction.probability != b.prediction.probability || a.prediction.scores != b.prediction.scores)
        return true;
    }
  }
  return false;
}

Difference compare(const store::Found& found, const Traveller& t, const record::Decision& after) {
  const record::Decision& before = found.decision;
  Difference d;
  d.seq = found.seq, d.event_id = before.event_id;
  if (!before.scored.empty()) {
    d.label_before = before.scored.back().prediction.label;
    d.rung_before = before.scored.back().rung;
  }
  if (!after.scored.empty()) {
    d.label_after = after.scored.back().prediction.label;
    d.rung_after = after.scored.back().rung;
  }
  d.outputs_before = before.outputs, d.outputs_after = after.outputs;
  d.for_human_before = before.for_human, d.for_human_after = after.for_human;
  d.by_deadline = pushed_by_deadline(before);
  d.score_differs = scores_differ(before, after);
  d.precision_differs = precisions_differ(before, after);
  if (t.fate == store::Fate::kDead) d.failed = t.dead->cause;
  if (t.fate == store::Fate::kDropped) d.failed = "dropped by a rule";
  return d;
}

void count(ReplayReport& report, Difference difference) {
  ++report.replayed;
  report.precisions += difference.precision_differs;
  const Difference& d = difference;
  bool label = d.label_changed(), outputs = d.outputs_changed(), rung = d.rung_changed();
  if (!label && !outputs && !rung && !d.score_differs && d.failed.empty()) {
    ++report.same;
    return;
  }
  report.failed += !d.failed.empty();
  report.labels += label;
  report.outputs += outputs;
  report.rungs += rung && !d.by_deadline;
  report.rungs_by_deadline += rung && d.by_deadline;
  report.scores += d.score_differs;
  if (label) {
    ++report.label_moves[{d.for_human_before ? "(a person)" : d.label_before, !d.failed.empty()   ? "(" + d.failed + ")"
                                                                              : d.for_human_after ? "(a person)"
                                                                                                  : d.label_after}];
  }
  if (report.first.size() < kDifferencesKept) report.first.push_back(std::move(difference));
}

}  // namespace

Result<ReplayReport> replay(Journey& journey, store::Store& store, const Clock& clock, const ReplayRange& range,
                            const std::function<void(int64_t)>& progress) {
  ReplayReport report;
  TimePoint now = clock.now();
  for (int64_t next = range.from; next <= range.to;) {
    FOVEA_TRY(auto found, store.decisions(next, kReplayBatch));
    std::erase_if(found, [&](const store::Found& each) { return each.seq > range.to; });
    if (found.empty()) break;
    next = found.back().seq + 1;
    std::vector<store::Found> chosen;
    std::vector<Traveller> travellers;
    std::vector<bool> same;
    for (store::Found& each : found) {
      if (each.decision.flow != journey.flow().name) continue;
      FOVEA_TRY(Remembered remembered, remember(store, each, record::Decision()));
      if (remembered.expired) {
        ++report.expired;
        continue;
      }
      const bool same_flow = each.decision.flow_digest == journey.flow().flow_digest;
      report.same_flow = report.same_flow && same_flow;
      Traveller& t = travellers.emplace_back();
      t.event.id = each.decision.event_id, t.event.source = each.decision.source, t.event.key = each.decision.key;
      t.event.time = each.decision.event_time, t.event.original = each.original;
      t.values = std::move(remembered.values);
      t.values.erase("decision");
      t.intake = kNever;
      chosen.push_back(std::move(each));
      same.push_back(same_flow);
    }
    for (size_t i = 0; i < travellers.size(); ++i)
      if (same[i]) travellers[i].before = &chosen[i].decision;
    journey.decide_again(travellers, now);
    for (size_t i = 0; i < travellers.size(); ++i) {
      FOVEA_TRY(record::Decision after, as_kept(travellers[i].decision));
      count(report, compare(chosen[i], travellers[i], after));
    }
    if (progress) progress(report.replayed);
  }
  return report;
}

}  // namespace fovea::flow
