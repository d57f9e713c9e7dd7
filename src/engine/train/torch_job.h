// One run of fovea-train-torch: writes the job into a folder, starts the program, follows its JSON lines, reads what it
// left. The program stands beside the executable of this process (or where FOVEA_TRAIN_TORCH says).
// Errors: kUnavailable (the program is missing, with what to install, or ended without a word), kCancelled, and what
// the program says. Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace fovea::train {

constexpr uint32_t kTrainFeaturesPerTokenMax = 4096;

// A row as the trainer wants it: for each token the features whose embeddings are summed (one, with a vocabulary).
class TorchRows {
 public:
  void begin_row(uint32_t label, bool held_out);
  void add_token(const uint32_t* features, uint32_t count);
  const std::vector<uint32_t>& words() const { return words_; }

 private:
  std::vector<uint32_t> words_;
  size_t tokens_at_ = 0;
};

struct EpochSeen {
  int epoch = 0;
  double held_out_loss = 0, held_out_accuracy = 0, seconds = 0;
};

struct TorchResult {
  std::vector<float> held_out_logits;  // [held-out rows, labels]
  std::vector<EpochSeen> epochs;
  int best_epoch = 0;
  bool stopped_early = false, resumed = false;
};

// Called with the share done, the running loss and the epochs that were judged so far; false cancels.
using TorchProgress = std::function<bool(double fraction, double loss, std::span<const EpochSeen> epochs)>;

// The path of the program; nothing where it is not installed.
std::optional<std::string> find_torch_trainer();

// `settings` are the members of job.json (torch/job.h). `folder` is made; it holds model.safetensors afterwards.
Result<TorchResult> run_torch_job(const std::string& folder, JsonObject settings, const TorchRows& rows,
                                  const TorchProgress& progress);

}  // namespace fovea::train
