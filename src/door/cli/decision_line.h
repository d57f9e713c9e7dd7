// One decision as a line for people, and the summary of a run.
#pragma once

#include <string>

#include "flow/file/flow.h"
#include "flow/summary.h"
#include "store/turn.h"

namespace fovea::cli {

std::string decision_line(const store::Kept& kept);
void say_summary(const flow::Summary& summary, const file::FlowFile& flow, const std::string& state);

}  // namespace fovea::cli
