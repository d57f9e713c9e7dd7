// CSV (RFC 4180) with a header line: each row is one event, its cells texts under the header's names.
// Comma, semicolon or tab, as the header line has most of; quoted cells may hold separators, quotes ("") and line ends.
// A row with fewer cells than the header lacks the last fields; one with more is not decoded.
#pragma once

#include "stream/connectors/record_source.h"

namespace fovea::connectors {

std::unique_ptr<RecordFormat> csv_format();

// The cells of one record. Errors: kInvalidArgument, text after a closing quote or a quote left open.
Result<std::vector<std::string>> split_csv(std::string_view record, char separator);

}  // namespace fovea::connectors
