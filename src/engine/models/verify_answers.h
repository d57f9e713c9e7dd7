// What a folder's model answers to all texts of a sample, in one precision, and how fast: the quality gate's raw
// material. The folder is a Hugging Face one, a packed one, or fovea-hashed; it is loaded as serving loads it, whatever
// a verdict says. Cost: a model in memory at a time, and all answers. Errors: as TextEncoder::create() and
// HashedEncoder::create().
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/kernels/precision.h"

namespace fovea::models {

struct VerifyAnswers {
  std::vector<float> values;  // [rows, width]; rows are texts, or tokens where the model answers per token
  size_t width = 0;
  kernels::Precision precision = kernels::Precision::kFp32;
  bool classifies = false, per_token = false;
  double texts_per_s = 0, tokens_per_s = 0;  // of the clock, on all workers
};

struct VerifyAsk {
  int workers = 0;         // 0: processors()
  int64_t tokens_max = 0;  // of one text, as TextEncoderOptions
};

using VerifyWatch = std::function<void(double share, std::string_view note)>;  // may be empty

// `precision`: not set, as a packed folder has it.
Result<VerifyAnswers> ask_model(const std::string& folder, std::optional<kernels::Precision> precision,
                                std::span<const std::string> texts, const VerifyAsk& how, const VerifyWatch& watch);

}  // namespace fovea::models
