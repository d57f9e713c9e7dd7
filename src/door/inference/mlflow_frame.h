// Tables as MLflow's clients send them to a scoring server, read as instances: dataframe_split, dataframe_records, CSV.
// The texts are the column "text", or the only column; "text_pair" is the second of pairs.
// Errors: kInvalidArgument, `where` is the member or the CSV's line.
#pragma once

#include <string_view>

#include "base/json.h"

namespace fovea::wire {

Result<JsonArray> instances_of_split(const Json& split);    // {"columns":[...],"data":[[...]]}
Result<JsonArray> instances_of_records(const Json& array);  // [{"text":...}]
Result<JsonArray> instances_of_csv(std::string_view text);

}  // namespace fovea::wire
