// JSON Lines: one object a line is one event. Empty lines are none; a byte order mark and CR LF are accepted.
// The id is the line's number and digest, "17-3fa94c0b1d2e": the same after a restart, another for another line, and
// new for what was put in the line's place later.
#pragma once

#include "stream/connectors/record_source.h"

namespace fovea::connectors {

std::unique_ptr<RecordFormat> jsonl_format();

std::string record_id(const Record& record);  // "17-3fa94c0b1d2e"

}  // namespace fovea::connectors
