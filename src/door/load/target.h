// Where requests go: http://HOST[:PORT][/PREFIX]; https too. IPv6 in brackets.
// Errors: kInvalidArgument.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::load {

struct Target {
  bool tls = false;
  std::string host;  // without brackets
  uint16_t port = 0;
  std::string prefix;  // before every path; no slash at its end

  std::string authority() const;  // as the Host header says it
};

Result<Target> parse_target(std::string_view url);

}  // namespace fovea::load
