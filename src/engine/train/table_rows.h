// The raw rows of a table, two cells each, from CSV or JSON Lines.
// Errors: kInvalidArgument with `where` "FILE:LINE".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::train {

struct RawRow {
  uint64_t line = 0;
  std::string text, label;
};

using TakeRow = std::function<Result<void>(RawRow row)>;

// JSON Lines if the first character is a brace, else CSV.
Result<void> read_rows(std::string_view bytes, const std::string& path, std::string_view text_column,
                       std::string_view label_column, const TakeRow& take);

}  // namespace fovea::train
