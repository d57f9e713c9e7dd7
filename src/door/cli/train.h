// `fovea train TABLE --text COL --label COL --out DIR`: models from one labelled table. With --json:
// {"rows","labels","linear":{...},"attention":{...},"cascade":{...}}, each with accuracy, macro_f1, ece and
// us_per_message on the held-out part; attention and cascade are null where only the linear model was made.
#pragma once

#include <cstdint>
#include <string>

namespace fovea::cli {

struct TrainOptions {
  std::string table, text, label, out;
  std::string base;                 // a Hugging Face folder to fine-tune; empty: from scratch
  std::string outside = "outside";  // the label whose rows are examples of messages outside
  uint64_t seed = 1;
  double error_budget = 0.02;
  bool linear_only = false;
  int epochs = 0;   // 0: as the table's size asks for
  double rate = 0;  // 0: the default
  int threads = 0;  // 0: all processors
  bool json = false;
};

int run_train(const TrainOptions& options);

}  // namespace fovea::cli
