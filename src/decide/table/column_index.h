// Finds the rows that can hold for a value of one column without looking at the others.
#pragma once

#include <cstddef>
#include <vector>

#include "decide/table/body.h"

namespace fovea::table {

// Unused (`used` false) where a cell of the column is no equality test, or the table is small.
ColumnIndex index_of(const std::vector<Row>& rows, size_t column);

// A superset of the rows that hold. REQUIRES index.used.
const Bits& candidates(const ColumnIndex& index, const expr::Value& value);

}  // namespace fovea::table
