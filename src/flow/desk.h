// What a change of kept decisions (a review, an undo, a cancelled hold) needs. Filled by a running Runner between its
// turns, or by a command that holds the state's lock itself. Borrows everything.
#pragma once

#include "act/effector.h"
#include "flow/file/flow.h"
#include "flow/journey.h"
#include "store/store.h"
#include "trust/audit/log.h"

namespace fovea::flow {

struct Desk {
  const Clock& clock;
  store::Store& store;  // the writer
  audit::AuditLog& log;
  const act::Effectors& effectors;
  Journey* journey = nullptr;  // null: nothing that decides or fills in templates can be asked for
};

}  // namespace fovea::flow
