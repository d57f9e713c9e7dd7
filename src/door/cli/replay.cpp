#include "door/cli/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/progress.h"
#include "door/assemble/assembly.h"
#include "door/cli/output.h"
#include "flow/replay.h"

namespace fovea::cli {
namespace {

constexpr size_t kShown = 20;

std::string side(const std::string& label, const std::string& rung, const JsonObject& outputs, bool for_human) {
  std::string text = for_human ? "a person" : label;
  if (!outputs.empty() && !for_human) text += " " + to_text(outputs);
  return text + " (" + rung + ")";
}

std::string line_of(const flow::Difference& d) {
  std::string after = d.failed.empty() ? side(d.label_after, d.rung_after, d.outputs_after, d.for_human_after)
                                       : "cannot be decided: " + d.failed;
  return fmt::format("{:>6}  {} {}  →  {}{}", d.seq, fit(d.event_id, 24),
                     side(d.label_before, d.rung_before, d.outputs_before, d.for_human_before), after,
                     d.score_differs ? "  SCORE DIFFERS" : "");
}

Json difference_json(const flow::Difference& d) {
  auto half = [](const std::string& label, const std::string& rung, const JsonObject& outputs, bool for_human) {
    return JsonObject{{"label", label}, {"rung", rung}, {"outputs", outputs}, {"for_human", for_human}};
  };
  return JsonObject{{"seq", d.seq},
                    {"event_id", d.event_id},
                    {"before", half(d.label_before, d.rung_before, d.outputs_before, d.for_human_before)},
                    {"after", half(d.label_after, d.rung_after, d.outputs_after, d.for_human_after)},
                    {"failed", d.failed},
                    {"by_deadline", d.by_deadline},
                    {"score_differs", d.score_differs}};
}

void say_report(const flow::ReplayReport& r, const file::FlowFile& flow) {
  say(bold(fmt::format("{} version {}: {} decided again, {} the same, {} different", flow.name, flow.version,
                       r.replayed, r.same, r.changed())));
  auto line = [](int64_t count, const char* what) {
    if (count > 0) say(fmt::format("  {:>7}  {}", count, what));
  };
  line(r.labels, "with another label");
  line(r.outputs, "with other outputs");
  line(r.rungs, "decided by another rung");
  line(r.rungs_by_deadline, "by another rung, since deadlines do not count in a replay");
  line(r.scores, "with another score from the same model: the model's files or the machine are at fault");
  line(r.precisions, "scored in another precision, which the flow now asks for");
  line(r.failed, "that can no longer be decided");
  line(r.expired, "not replayed: their payload has expired");
  if (!r.same_flow) say(dim("  the flow or its tables have changed since these events were decided"));
  std::vector<std::pair<int64_t, std::string>> moves;
  for (const auto& [move, count] : r.label_moves) moves.emplace_back(count, move.first + "  →  " + move.second);
  std::ranges::sort(moves, std::greater());
  for (size_t i = 0; i < std::min(moves.size(), kShown); ++i)
    say(fmt::format("  {:>7} x  {}", moves[i].first, moves[i].second));
  if (!r.first.empty()) say("");
  for (size_t i = 0; i < std::min(r.first.size(), kShown); ++i) say(line_of(r.first[i]));
  if (r.changed() > static_cast<int64_t>(kShown))
    say(dim(fmt::format("and {} more", r.changed() - static_cast<int64_t>(kShown))));
}

Json report_json(const flow::ReplayReport& r) {
  JsonArray changes, moves;
  for (size_t i = 0; i < r.first.size(); ++i) changes.push_back(difference_json(r.first[i]));
  for (const auto& [move, count] : r.label_moves)
    moves.push_back(JsonObject{{"before", move.first}, {"after", move.second}, {"count", count}});
  return JsonObject{{"replayed", r.replayed},
                    {"same", r.same},
                    {"changed", r.changed()},
                    {"labels", r.labels},
                    {"outputs", r.outputs},
                    {"rungs", r.rungs},
                    {"rungs_by_deadline", r.rungs_by_deadline},
                    {"scores", r.scores},
                    {"precisions", r.precisions},
                    {"failed", r.failed},
                    {"expired", r.expired},
                    {"same_flow", r.same_flow},
                    {"moves", std::move(moves)},
                    {"changes", std::move(changes)}};
}

Result<int> replay(const ReplayOptions& options) {
  FOVEA_TRY(auto parts, assemble::Assembly::create({options.flow, options.state, true, false, false}));
  flow::ReplayRange range{options.from, options.to > 0 ? options.to : INT64_MAX};
  FOVEA_TRY(store::Totals totals, parts->store->totals());
  Progress progress("replay", parts->clock);
  auto hear = [&](int64_t replayed) {
    if (totals.decided > 0)
      progress.update(std::min(1.0, static_cast<double>(replayed) / static_cast<double>(totals.decided)), "");
  };
  FOVEA_TRY(flow::ReplayReport done, flow::replay(*parts->journey, *parts->store, parts->clock, range, hear));
  progress.done("");
  say_report(done, parts->flow);
  if (options.json) answer(report_json(done));
  return options.fail_on_difference && done.changed() > 0 ? kFailed : kDone;
}

}  // namespace

int replay_flow(const ReplayOptions& options) {
  auto done = replay(options);
  return done ? *done : report(done.error(), options.json);
}

}  // namespace fovea::cli
