// Reads a flow file: strict YAML, every error with file:line:column and a hint.
// Errors: kInvalidArgument (what is wrong with the file), kUnimplemented (a key that this version does not know how to
// do), kNotFound (a file that is not there), kResourceExhausted (past a limit of limits.h). Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "base/files.h"
#include "flow/file/flow.h"

namespace fovea::file {

Result<FlowFile> load_flow(Files& files, const std::string& path);

// From a text that stands at `path`; tables are read through `files`.
Result<FlowFile> parse_flow(Files& files, const std::string& path, std::string_view text);

// The JSON Schema (draft 2020-12) of the file, as docs/formats/flow.schema.json holds it.
std::string flow_schema();

}  // namespace fovea::file
