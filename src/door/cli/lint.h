// `fovea lint FLOW`: what is wrong with a flow file and its tables, and what looks like a mistake.
#pragma once

#include <string>

namespace fovea::cli {

struct LintOptions {
  std::string flow;
  bool json = false, schema = false;
};

int lint_flow(const LintOptions& options);

}  // namespace fovea::cli
