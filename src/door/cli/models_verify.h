// `fovea models verify DIR TABLE`: fp32, bf16 and int8 on the user's own texts, and which of them may serve
// (engine/models/verify.h); the verdict is written to DIR/quality.json. `fovea models verify DIR --check`: is an
// imported folder what it was on the day (engine/models/manifest_check.h).
// TABLE is CSV or JSON Lines with --text (and --label), else a file of texts, one a line. DIR is a Hugging Face folder,
// one that `fovea models import` made, or a directory of `fovea train` with an attention model: then its calibration
// and its threshold are taken, and flows obey the verdict (serve/attention_part.h). With --json one object:
// quality.json's, and "serves": the fastest precision that is allowed; or {"check":{...}}. Exit code 1 where a check
// fails, or a packed folder's own precision is refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace fovea::cli {

struct ModelsVerifyOptions {
  std::string directory = {}, table = {}, text = {}, label = {};
  std::vector<double> thresholds = {};
  std::optional<double> limit_agreement = {}, limit_cosine = {}, limit_cosine_mean = {}, limit_flips = {};
  std::string reference = {};
  int threads = 0;
  bool check = false, json = false;
};

int run_models_verify(const ModelsVerifyOptions& options);

}  // namespace fovea::cli
