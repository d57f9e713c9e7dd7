// `fovea models import HF_FOLDER --out DIR`: a folder that loads at once (engine/models/packed_import.h). Of a
// directory of `fovea train` its fine-tuned model is packed, into DIRECTORY/attention-PRECISION unless --out says
// otherwise, where flows find it (serve/attention_part.h). With --json:
// {"out","precision","source_bytes","packed_bytes","files":{NAME: SHA-256}}.
#pragma once

#include <string>

namespace fovea::cli {

struct ModelsImportOptions {
  std::string folder, out;
  std::string precision = "fp32";
  std::string source = {}, licence = {};
  bool json = false;
};

int run_models_import(const ModelsImportOptions& options);

}  // namespace fovea::cli
