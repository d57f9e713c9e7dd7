// Has the attention model trained: chooses its shape and settings from the table, tokenises, runs fovea-train-torch,
// and lays the model out as a folder that engine/train/attention_model.h opens. Errors: those of torch_job.h; of a
// base, what its files say.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/train/torch_job.h"

namespace fovea::train {

struct AttentionTrainOptions {
  std::string base;        // a Hugging Face folder of the BERT family; empty: fovea-hashed from scratch
  std::string folder;      // where the model goes
  std::string checkpoint;  // where the job lives meanwhile
  uint64_t seed = 1;
  std::optional<int> epochs;  // instead of what the table's size asks for
  std::optional<double> rate;
  int threads = 0;        // 0: all processors
  int top_up_epochs = 1;  // gentle passes over all rows at the end; 0: the model is the one that was judged
};

struct AttentionTrained {
  TorchResult result;
  std::string kind;                // "bert", "fovea-hashed"
  std::vector<std::string> parts;  // the files of the folder that decide answers
};

// `held_out` [rows]: rows to judge by, not to learn from, until the last pass.
Result<AttentionTrained> train_attention(std::span<const std::string_view> texts, std::span<const uint32_t> labels,
                                         const std::vector<bool>& held_out, const std::vector<std::string>& label_names,
                                         const AttentionTrainOptions& options, const TorchProgress& progress);

}  // namespace fovea::train
