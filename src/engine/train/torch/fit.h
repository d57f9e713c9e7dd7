// The training loop: epochs of ragged batches, a look at the held-out rows after each, early stop, checkpoints, and a
// last pass over all rows from the best epoch. Writes into the job's folder held_out.bin (fp32 logits [held-out rows,
// labels], before the last pass) and model.safetensors. The same job gives the same model on the same machine.
// Errors: kCancelled when `cancelled` turns true (the last epoch's checkpoint stays), kDataLoss, kUnavailable.
#pragma once

#include <atomic>
#include <functional>

#include "base/json.h"
#include "engine/train/torch/job.h"

namespace fovea::train_torch {

using Tell = std::function<void(const JsonObject& line)>;

Result<void> fit(const Job& job, const Rows& rows, const std::atomic<bool>& cancelled, const Tell& tell);

}  // namespace fovea::train_torch
