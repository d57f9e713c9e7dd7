// The strict parser behind parse_json(), for texts that may not hold more than so many values: it stops at the one
// past.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "base/json.h"

namespace fovea {

struct NoJson {
  std::string why;
  size_t at = 0;  // byte
  bool too_deep = false, too_many = false;
};

// Arrays and objects count as values, and so does what is in them; names of members do not.
std::expected<Json, NoJson> read_json(std::string_view text, size_t values_max);

// As parse_json(), kInvalidArgument too where there are more values.
Result<Json> parse_json_within(std::string_view text, size_t values_max);

}  // namespace fovea
