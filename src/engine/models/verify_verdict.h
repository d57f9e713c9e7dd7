// The verdict of the quality gate, kept as quality.json beside the model: which precisions may serve, by the figures
// of a user's own sample. It counts for the weights and the config.json that it names alone: another model's verdict,
// or that of weights since replaced, is none.
// Journey: written by `fovea models verify`; read wherever a model is loaded in another precision than fp32.
// Cost of reading: where the folder has a verdict, its weights are read once for their digests (a packed file's
// manifest has them).
// Errors: kDataLoss (quality.json is malformed; `where` is "FILE: field"), kUnimplemented (a newer version).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/kernels/precision.h"

namespace fovea::models {

constexpr std::string_view kVerdictFileName = "quality.json";

std::string verdict_path(const std::string& folder);

struct PrecisionVerdict {
  kernels::Precision precision = kernels::Precision::kFp32;
  bool allowed = true;
  std::string why;         // the figure that decided, where it is not allowed
  Json figures;            // for people and programs; but for the rate not read back
  double texts_per_s = 0;  // on the machine that judged; 0: not known
};

struct Verdict {
  std::map<std::string, std::string> weights;  // file → SHA-256, hex, of the Hugging Face folder
  std::string table, table_digest;             // the sample
  size_t rows = 0;
  Json limits;
  std::vector<PrecisionVerdict> precisions;

  const PrecisionVerdict* find(kernels::Precision precision) const;
};

// Of the files that decide what a model answers: config.json and the weights. A packed folder's are those of the
// folder that it was made from. Errors: those of the files.
Result<std::map<std::string, std::string>> weights_digests(const std::string& folder);

Json verdict_json(const Verdict& verdict);
Result<void> write_verdict(Files& files, const std::string& folder, const Verdict& verdict);
// None where there is no quality.json, or where it is about other weights. `digests`: those of weights_digests(), where
// the caller has them.
Result<std::optional<Verdict>> read_verdict(const std::string& folder);
Result<std::optional<Verdict>> read_verdict(const std::string& folder,
                                            const std::map<std::string, std::string>& digests);

// The one rule of what may serve without anybody insisting: fp32 always, bf16 unless the verdict forbids it, int8 only
// where a verdict allows it. Empty, or why not: "int8 is refused for this model: label agreement ...".
std::string serving_refusal(const std::optional<Verdict>& verdict, kernels::Precision precision);

// What a program takes that has to go on: what is asked for where it may serve, else bf16, else fp32.
struct GrantedPrecision {
  kernels::Precision precision = kernels::Precision::kFp32;
  std::string why;  // it is not the one that was asked for; empty: it is
};
GrantedPrecision grant_precision(const std::optional<Verdict>& verdict, kernels::Precision asked);

}  // namespace fovea::models
