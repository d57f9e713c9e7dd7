// The models file of `fovea serve --models-file`: which models serve, where they come from, what shadows and canaries
// they have, and the cache. Strict: an unknown key is an error with a hint. docs/formats/models.md describes it, its
// JSON Schema is made from the same description. Errors: kInvalidArgument, kResourceExhausted, those of files; `where`
// is FILE:LINE:COLUMN.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "serve/inference/model_places.h"
#include "serve/rollout/plan.h"

namespace fovea::assemble {

struct ModelsFile {
  std::vector<inference::ModelPlace> models;
  std::vector<rollout::Plan> plans;
  size_t cache_bytes = 0;
  Nanos refresh{0};        // 0: off
  std::string state_file;  // of canaries
};

// Relative paths are below the file's folder.
Result<ModelsFile> read_models_file(Files& files, const std::string& path);

Result<size_t> bytes_of_text(const std::string& text, const std::string& what);  // "64MiB" of an option

std::string models_schema();  // JSON Schema 2020-12

}  // namespace fovea::assemble
