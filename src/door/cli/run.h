// `fovea run FLOW`: the journey, once over what is there or until it is told to stop.
#pragma once

#include <cstdint>
#include <string>

namespace fovea::cli {

struct RunOptions {
  std::string flow, state;
  bool once = false, json = false, quiet = false;
  std::string http;  // HOST:PORT, for flows whose source is http
  std::string tls_certificate, tls_key, token_env;
};

int run_flow(const RunOptions& options);

}  // namespace fovea::cli
