// One training, from table to model directory: reads the table, holds a part out, fits the linear model (cross-fitted)
// and has the attention model trained, calibrates, chooses thresholds, measures, writes DIR with manifest and report.
// The same table, options and machine give the same model.
// Errors: those of the table, kCancelled (run it again to go on from the last checkpoint), kUnavailable (no trainer).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "engine/train/model_record.h"
#include "engine/train/table.h"
#include "engine/train/torch_job.h"

namespace fovea::train {

struct TrainOptions {
  std::string table, text_column, label_column, out;
  std::string base;                       // empty: the attention model is trained from scratch
  std::string outside_label = "outside";  // where the table has it: examples of messages outside all labels
  uint64_t seed = 1;
  double error_budget = 0.02;
  bool linear_only = false;
  std::optional<int> epochs;  // of the attention model
  std::optional<double> rate;
  int threads = 0;  // 0: all processors
};

struct TrainWatch {
  std::function<bool(double fraction, const std::string& note)> progress;  // false cancels
  std::function<void(const Warning&)> warn;
};

// Everything that the report shows beside the record.
struct TrainStory {
  ModelRecord record;
  std::vector<Warning> warnings;
  std::vector<std::string> texts;  // held-out
  std::vector<uint32_t> truth;
  Judged judged;  // held-out, crosswise
  std::vector<EpochSeen> epochs;
  int best_epoch = 0;
  bool topped_up = false;  // by a gentle pass over all rows
  double seconds = 0;
};

Result<TrainStory> train_model(const TrainOptions& options, const TrainWatch& watch, const Clock& clock);

}  // namespace fovea::train
