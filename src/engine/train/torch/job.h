// What the trainer is asked to do: job.json and rows.bin in the checkpoint folder, written by fovea (torch_job.h).
// rows.bin, little-endian uint32: for each row its label (0xFFFFFFFF: none), whether it is held out (0 or 1), its count
// of tokens, and for each token the count of its features and the features.
// Errors: kDataLoss, kInvalidArgument, with file and field.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace fovea::train_torch {

// BERT's pooler over the first row; the mean over all rows; the mean and the maximum, side by side.
enum class Pool { kFirstTanh, kMean, kMeanMax };

struct Job {
  std::string folder;
  std::string digest;  // of job.json and rows.bin: a checkpoint of another job is not resumed
  std::string base;    // safetensors to start from; empty: from scratch
  int64_t labels = 0, features = 0, positions = 0;
  int64_t layers = 0, hidden = 0, heads = 0, intermediate = 0;
  double layer_norm_eps = 1e-12;
  Pool pool = Pool::kFirstTanh;
  uint64_t seed = 1;
  int64_t epochs = 1, batch_rows = 32, patience = 0, top_up_epochs = 0, threads = 0;
  double rate = 5e-5, head_factor = 20, table_factor = 1, weight_decay = 0.01, warm_up = 0.06;
  double label_smoothing = 0.1, dropout = 0.1, attention_dropout = 0.1, feature_dropout = 0;
  double seconds_max = 0;  // 0: no limit; else no new epoch begins that would end after it
};

struct Row {
  uint32_t label = 0;
  bool held_out = false;
  uint32_t first_token = 0, tokens = 0;  // into Rows::begins
};

struct Rows {
  std::vector<Row> rows;
  std::vector<uint32_t> features;
  std::vector<uint32_t> begins{0};  // of each token, into features
};

Result<Job> read_job(const std::string& folder);
Result<Rows> read_training_rows(const Job& job);

}  // namespace fovea::train_torch
