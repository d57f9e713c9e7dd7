// Judges a trained model on another labelled table: `fovea models eval`.
// Errors: those of the directory and of the table; kCancelled.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/train/metrics.h"
#include "engine/train/table.h"

namespace fovea::train {

enum class Rung { kLinear, kAttention, kCascade, kAll };

struct EvaluateOptions {
  std::string directory, table, text_column, label_column;
  Rung rung = Rung::kAll;
  std::string precision = {};  // of the attention model: fp32, bf16 or int8, whatever a verdict says; empty: fp32
};

struct Evaluation {
  size_t rows = 0, labels = 0;
  bool has_attention = false;
  Metrics linear, attention, cascade;  // those asked for; attention and cascade need an attention model
  std::vector<Warning> warnings;
};

Result<Evaluation> evaluate_model(const EvaluateOptions& options, const std::function<bool(double)>& progress);

}  // namespace fovea::train
