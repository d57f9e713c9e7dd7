// The engine of this process as a backend: a Hugging Face folder, a packed model, or what `fovea train` wrote.
// Errors: of open(): those of EncoderModel::create() and TextReader; kResourceExhausted where its weights would not fit
// into the memory that is left, kDataLoss where a packed model's golden outputs are not reproduced.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "engine/models/load_options.h"
#include "serve/inference/backend.h"

namespace fovea::inference {

struct NativeOptions {
  std::string name;
  std::string version = "1";
  models::LoadOptions load = {};
  bool check_golden = true;  // of a packed model that has a manifest
};

Result<std::unique_ptr<Backend>> open_native_backend(const std::string& folder, const NativeOptions& options);

}  // namespace fovea::inference
