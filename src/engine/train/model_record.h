// What a model directory says about itself: manifest.json and calibration.json (docs/formats/model-dir.md).
// Journey: written by `fovea train`; read by serve, which refuses a directory whose parts differ from it.
// Errors: kNotFound (no manifest), kDataLoss (a part or a field that differs; `where` is FILE or FILE: field),
// kUnimplemented (a newer version).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "engine/train/judge.h"
#include "engine/train/metrics.h"

namespace fovea::train {

// Microseconds for a text of L bytes on one core of the machine that trained: a + b L + c L^2.
struct CostFit {
  double a = 0, b = 0, c = 0;
  double us(size_t bytes) const {
    double l = static_cast<double>(bytes);
    return a + b * l + c * l * l;
  }
};
// Least squares over (bytes, microseconds), no part below zero.
CostFit fit_cost(const std::vector<std::pair<double, double>>& samples);

struct ModelRecord {
  std::vector<std::string> labels;
  std::string outside_label;  // empty: none
  std::string table_name, table_digest, text_column, label_column;
  size_t rows = 0, held_out_rows = 0;
  uint64_t seed = 1;
  double error_budget = 0.02;
  std::string attention_kind;  // "bert", "fovea-hashed"; empty: only the linear model
  Judge judge;
  BudgetRows budget_rows;
  CostFit linear_cost, attention_cost;
  Metrics linear, attention, cascade;        // on the held-out part
  std::map<std::string, std::string> files;  // path in the directory → SHA-256, hex; filled by write_record
  std::string digest;  // of labels, judge and files: the same training gives the same; filled when written or read

  bool has_attention() const { return !attention_kind.empty(); }
};

JsonObject metrics_json(const Metrics& metrics, bool with_sureness);

// `parts`: the files, relative to the directory, that decide answers; calibration.json is added.
Result<void> write_record(const std::string& directory, ModelRecord& record, const std::vector<std::string>& parts);
Result<ModelRecord> read_record(const std::string& directory);

}  // namespace fovea::train
