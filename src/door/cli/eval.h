// `fovea models eval DIR TABLE --text COL --label COL [--rung linear|attention|cascade]
// [--precision fp32|bf16|int8]`. With --json the keys of
// `fovea train`, each rung with coverage and accuracy_when_sure at the model's threshold; the figures of the rung asked
// for (else of the cascade) stand at the top as well.
#pragma once

#include <string>

namespace fovea::cli {

struct EvalOptions {
  std::string directory, table, text, label;
  std::string rung;  // empty: all
  std::string precision = "fp32";
  bool json = false;
};

int run_models_eval(const EvalOptions& options);

}  // namespace fovea::cli
