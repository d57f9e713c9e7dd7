// What one run did: the counts and latencies that `fovea run --json` prints.
#pragma once

#include <map>
#include <string>

#include "base/json.h"
#include "flow/file/flow.h"
#include "store/turn.h"
#include "watch/latency.h"

namespace fovea::flow {

struct Summary {
  int64_t ingested = 0, decided = 0, dead_lettered = 0, late = 0, dropped = 0, duplicates = 0;
  int64_t committed = 0, failed = 0, undone = 0, held = 0;
  int64_t for_human = 0, deadline_missed = 0;
  std::map<std::string, int64_t> rungs;
  watch::LatencyHistogram latency;
  double cost = 0;  // by the flow's prices
  double seconds = 0;

  void add(const store::Kept& kept, const file::Cost& prices);
  Json json() const;
};

}  // namespace fovea::flow
