// manifest.json of a folder that `fovea models import` made: what the packed weights were made from, by whom, under
// which licence, and what they answered on the day (golden outputs).
// Journey: written by import_model(); read by check_model() and by the quality gate.
// Errors: kNotFound (no manifest), kDataLoss (malformed, or a file that differs from it; `where` is the file or "FILE:
// field"), kUnimplemented (a newer version).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/kernels/precision.h"

namespace fovea::models {

constexpr std::string_view kManifestFileName = "manifest.json";

// What the model answers to fixed token ids.
struct GoldenOutput {
  std::vector<int32_t> ids;
  std::vector<float> values;  // [width], or [ids, width] where the model answers per token
};

struct Manifest {
  kernels::Precision precision = kernels::Precision::kFp32;
  std::string source, licence;                      // as the user said; may be empty
  std::string fovea, isa;                           // that made the golden outputs
  std::map<std::string, std::string> files;         // in this folder → SHA-256, hex
  std::map<std::string, std::string> source_files;  // config.json and weights that were imported → SHA-256, hex
  std::vector<GoldenOutput> golden;
};

Json manifest_json(const Manifest& manifest);
Result<void> write_manifest(Files& files, const std::string& folder, const Manifest& manifest);
Result<Manifest> read_manifest(const std::string& folder);

// SHA-256, hex, of a file.
Result<std::string> file_digest(const std::string& path);
// Of a Hugging Face folder's config.json and weights, those of its Dense modules among them; of a fovea-hashed one's
// features.bin too.
Result<std::map<std::string, std::string>> source_digests(const std::string& folder);

}  // namespace fovea::models
