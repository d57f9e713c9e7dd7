// `fovea run FLOW`: the journey, once over what is there or until it is told to stop.
#pragma once

#include <cstdint>
#include <string>

#include "door/assemble/http_door.h"

namespace fovea::cli {

struct RunOptions {
  std::string flow, state;
  bool once = false, json = false, quiet = false;
  assemble::HttpDoor http;  // for flows whose source is http
};

int run_flow(const RunOptions& options);

}  // namespace fovea::cli
