// Joins the store's rows with the audit log: feeds the log what was kept, and says what each kind of entry proves.
// Journey: after a commit (feed), and when the log is verified (check).
// Threads: those of the store and the log.
#pragma once

#include <string>

#include "store/store.h"
#include "trust/audit/log.h"

namespace fovea::flow {

// Appends the leaves that the store holds and the log does not. Does not publish.
Result<void> feed_log(store::Store& store, audit::AuditLog& log);

// What the commitment of a review says besides the decision.
std::string review_detail(const std::string& by, const std::string& label);

// The decision as an undo's entry commits to it: what was decided last, at the time of the order.
record::Decision undone_decision(record::Decision decision, TimePoint at);

// Says whether the row proves exactly what its entry says, and whether its payload, where one is still kept, is the one
// that was decided on. Error: kDataLoss, naming what differs.
Result<void> check_row(const store::Proven& row);

}  // namespace fovea::flow
