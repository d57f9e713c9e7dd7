// Fills in what only the flow's place and the event's origin can tell: paths joined to the flow's folder, the file that
// a `move` moves, the server of a mail, the time that a call may take.
#pragma once

#include <string>

#include "base/error.h"
#include "flow/file/flow.h"

namespace fovea::flow {

// `original` is record::Event::original. Error: kFailedPrecondition for a move whose event did not come from a file.
Result<void> place_arguments(const file::FlowFile& flow, const file::EffectSpec& spec, const std::string& original,
                             Json& arguments);

}  // namespace fovea::flow
