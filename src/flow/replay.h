// Decides kept events again, from their payloads, with a flow that may have changed since: what would it say now?
// Journey: store → Journey::decide_again → compare. No effects, nothing is kept, windows stay as they were kept.
// Deadlines do not count: a replay says what the models say, however busy the machine is. Events that a deadline pushed
// down the ladder when they were decided are counted apart.
// What this very version of the flow decided is scored again in the precision that it was scored in then; what another
// version decided, in the flow's own, and where that is another one, scores are not compared.
// Threads: one. Cost: that of deciding; one batch of payloads in memory.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "flow/journey.h"

namespace fovea::flow {

struct Difference {
  int64_t seq = 0;
  std::string event_id;
  std::string label_before, label_after;  // of the last score
  std::string rung_before, rung_after;
  JsonObject outputs_before, outputs_after;
  bool for_human_before = false, for_human_after = false;
  std::string failed;          // why it can no longer be decided
  bool by_deadline = false;    // the kept decision had stepped down because of its deadline
  bool score_differs = false;  // the same model, in the same precision, gave another probability
  bool precision_differs = false;
  bool label_changed() const { return label_before != label_after || for_human_before != for_human_after; }
  bool outputs_changed() const { return outputs_before != outputs_after; }
  bool rung_changed() const { return rung_before != rung_after; }
};

struct ReplayReport {
  int64_t replayed = 0, same = 0, expired = 0, failed = 0;
  int64_t labels = 0, outputs = 0, rungs = 0, rungs_by_deadline = 0, scores = 0, precisions = 0;
  bool same_flow = true;          // every event was decided by this very version of the flow
  std::vector<Difference> first;  // at most kDifferencesKept
  std::map<std::pair<std::string, std::string>, int64_t> label_moves;  // before → after
  int64_t changed() const { return replayed - same; }
};

constexpr size_t kDifferencesKept = 1'000;

struct ReplayRange {
  int64_t from = 1, to = INT64_MAX;  // seq, both included
};

// `progress` hears how many were replayed, now and then.
Result<ReplayReport> replay(Journey& journey, store::Store& store, const Clock& clock, const ReplayRange& range,
                            const std::function<void(int64_t)>& progress = {});

}  // namespace fovea::flow
