// What was decided for one event, and everything that a person or a replay needs to see why.
// Journey: made by flow from decide's results; kept by store; proven by trust/audit; shown by trust/explain.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "record/prediction.h"

namespace fovea::record {

// One row of a table that hit, with the values that its inputs read.
struct RuleHit {
  std::string table;                                 // "routing.csv"
  uint32_t row = 0;                                  // line of the file
  std::vector<std::pair<std::string, Json>> inputs;  // expression → value
};

struct Decision {
  std::string event_id, source, key;
  std::string flow;
  int64_t flow_version = 0;
  std::string flow_digest;  // SHA-256 of the flow file and the tables it names, hex
  TimePoint event_time, decided_at;
  JsonObject outputs;  // what tables gave: `decision.NAME`
  std::vector<Scored> scored;
  std::vector<RuleHit> hits;
  bool for_human = false;  // waits in the review queue
  std::string human_queue;
  int64_t latency_us = 0;  // from intake to decided
  bool deadline_met = true;
};

Json to_json(const Decision& decision);
Result<Decision> decision_from_json(const Json& json);

}  // namespace fovea::record
