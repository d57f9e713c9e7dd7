// mbox files (RFC 4155 and its relatives): messages parted by lines that begin with "From ".
// A separator is "From " at the start of the file or after an empty line, followed by an address and a year, as every
// writer puts them: a sentence that begins with "From " does not part a message. ">From " is unescaped.
#pragma once

#include "stream/connectors/record_source.h"

namespace fovea::connectors {

// `shown` names the file in `original`.
std::unique_ptr<RecordFormat> mbox_format(std::string shown);

bool is_mbox_separator(std::string_view line);

}  // namespace fovea::connectors
