// What became of one event, for whoever waits for it: handed back with its receipt once it is durable, or read from
// what was kept where the event came before. Journey: made by flow after the commit, or by store; told by door/http to
// the client of POST /v1/decide.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "record/decision.h"
#include "record/effect.h"

namespace fovea::record {

// An effect as its client may know it: without its arguments.
struct EffectNote {
  std::string name, kind, key, state;  // state_name()
};

struct Verdict {
  std::string event_id, source, flow;
  std::string fate;                  // decided, dead, late, dropped
  int64_t seq = 0;                   // its place in the journal
  int64_t leaf = -1;                 // its decision's place in the audit log; -1: none
  bool duplicate = false;            // the event came before: this is what was kept then
  std::optional<Decision> decision;  // decided
  std::vector<EffectNote> effects;
  std::string cause, hint;  // dead: what was wrong with the event
};

// {"id","flow","fate","duplicate","decision":{outputs},"label","confidence","rung","scores":[...],"rules":[...],
// "waits_for","effects":[...],"deadline_met","latency_us","receipt":{"seq","leaf"}}; docs/guide/deciding.md.
Json to_json(const Verdict& verdict);

}  // namespace fovea::record
