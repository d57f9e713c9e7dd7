// The quality gate: a user's own texts through a model in fp32, bf16 and int8, and what may serve by the difference.
// Journey: `fovea models verify`; its verdict is kept as quality.json (verify_verdict.h), which loading obeys.
// The answers are those of TextEncoder, so what is measured is what serves. A packed folder is compared, in its one
// precision, with the fp32 of the Hugging Face folder that it was made from.
// Cost: a model in memory at a time, all answers of two; three runs over the sample.
// Errors: as TextEncoder::create(); kInvalidArgument for a sample of fewer than kVerifyRowsMin or more than
// kVerifyRowsMax texts, and for a packed folder without `reference` or with another one than its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/models/verify_figures.h"
#include "engine/models/verify_verdict.h"

namespace fovea::models {

constexpr size_t kVerifyRowsMin = 20;  // fewer say nothing
constexpr size_t kVerifyRowsMax = 1'000'000;

struct VerifySample {
  std::string name, digest;  // for the verdict: the table and its SHA-256, hex
  std::vector<std::string> texts;
  std::vector<uint32_t> truth;  // [texts], or empty
};

struct VerifyLimits {
  double agreement_min = 0.995;                          // classifiers: share of texts (of tokens) with fp32's label
  double cosine_p1_min = 0.99, cosine_mean_min = 0.995;  // embeddings
  std::optional<double> flips_max;                       // classifiers: share of texts, at each threshold
};

struct VerifyOptions {
  std::vector<double> thresholds = {};  // of probabilities, for flips
  double temperature = 1;               // of the classifier's calibration
  VerifyLimits limits = {};
  int workers = 0;             // 0: processors()
  std::string reference = {};  // for a packed folder: the Hugging Face folder that it was made from
  int64_t tokens_max = 0;      // of one text, as TextEncoderOptions
  std::function<void(double share, std::string_view note)> progress = {};
};

struct PrecisionFigures {
  kernels::Precision precision = kernels::Precision::kFp32;
  CosineFigures cosine;
  std::optional<DecisionFigures> decisions;  // of classifiers
  double texts_per_s = 0, tokens_per_s = 0;  // of the clock, on all workers
};

struct Verified {
  std::vector<PrecisionFigures> figures;  // fp32 first
  Verdict verdict;                        // to be written by the caller
  bool packed = false;
};

Result<Verified> verify_model(const std::string& folder, const VerifySample& sample, const VerifyOptions& options);

// Whether the figures keep to the limits; empty, or what decided: "label agreement 98.70 % is under 99.50 %".
std::string limit_passed(const PrecisionFigures& figures, const VerifyOptions& options);

}  // namespace fovea::models
