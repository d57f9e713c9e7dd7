// `fovea models import`: from a Hugging Face folder to a folder that loads at once: config.json and the tokenizer's
// files as they are, the weights packed (docs/formats/packed-model.md), and a manifest.
// Journey: once for each model; the folder it makes is taken wherever a Hugging Face folder is.
// Cost: twice the packed weights in memory. Files are replaced one by one, manifest.json last: a folder that another
// process has open stays whole, and one that was cut off half-way has no manifest or an older one that does not fit.
// Errors: as EncoderModel::create(); kInvalidArgument where `out` is a Hugging Face folder itself or `folder` is packed
// already; kFailedPrecondition where the quality gate refused the precision; kInternal where the packed model does not
// give the bits of the folder's.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "engine/kernels/precision.h"
#include "engine/models/manifest.h"

namespace fovea::models {

struct ImportOptions {
  std::string folder, out;
  kernels::Precision precision = kernels::Precision::kFp32;
  std::string source = {}, licence = {};  // for the manifest
};

struct Imported {
  Manifest manifest;
  uint64_t source_bytes = 0, packed_bytes = 0;  // of the weights' files
};

Result<Imported> import_model(Files& files, const ImportOptions& options);

// The answers of `model` to the token ids that every import keeps: three sequences, the longest of 61 tokens.
Result<std::vector<GoldenOutput>> golden_outputs(const class EncoderModel& model);

}  // namespace fovea::models
