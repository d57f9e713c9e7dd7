// `fovea try DIR --text T`: what the model makes of one text. With --json: label, probability, margin, outside, rung,
// precision (of the model that answered; empty: the linear one).
#pragma once

#include <string>

namespace fovea::cli {

struct TryOptions {
  std::string directory, text;
  std::string precision = "fp32";
  bool json = false;
};

int run_try(const TryOptions& options);

}  // namespace fovea::cli
