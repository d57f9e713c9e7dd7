// A person's answer to an event that waits in the review queue.
// Journey: queue → decide again from the label on → keep the decision, its effects and its proof in one transaction.
// The effects are driven afterwards like any others (settle.h, or the Runner).
// Errors: kNotFound (no such event), kFailedPrecondition (no open review; payload expired; the flow cannot decide on
// the label), kInvalidArgument (an empty label).
#pragma once

#include <string>
#include <vector>

#include "flow/desk.h"

namespace fovea::flow {

struct Answer {
  std::string id;  // as Store::find takes it
  std::string label;
  std::string by;  // who answered
};

struct Resolved {
  int64_t seq = 0, leaf = -1;
  record::Decision decision;
};

Result<Resolved> resolve_review(const Desk& desk, const Answer& answer);

// What was decided last of an event: a person's answer, else its own decision.
Result<record::Decision> latest_decision(store::Store& store, const store::Found& found);

// The context of a kept event as its flow's expressions read it, and the texts that focus maps belong to.
struct Remembered {
  JsonObject values, texts;
  bool expired = false;  // the payload is gone: only the decision is there
};
Result<Remembered> remember(store::Store& store, const store::Found& found, const record::Decision& decision);

}  // namespace fovea::flow
