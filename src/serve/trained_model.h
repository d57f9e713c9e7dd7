// A directory that `fovea train` wrote, opened for the ladder: its rungs, cheap to dear, and when each may answer.
// Errors: kNotFound (no manifest), kDataLoss (a part whose digest differs; `where` is FILE or FILE:field),
// kInvalidArgument (an override that cannot be met).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "serve/scorer.h"

namespace fovea::serve {

// What the flow says about sureness; what is not set stays as the model was trained. An `error_budget` picks the
// thresholds anew from the held-out scores that the model carries.
struct Sureness {
  std::optional<double> error_budget;     // 0.02: of the messages answered, at most 2 % wrong (upper bound, see docs)
  std::optional<double> min_probability;  // instead of the budget's threshold
  std::optional<double> min_margin;
  enum class Outside { kReject, kAnswer };
  Outside outside = Outside::kReject;  // kReject: what looks like none of the labels is never sure
};

struct TrainedModel {
  std::string path;
  std::string digest;  // of all that decides an answer, hex (docs/formats/model-dir.md)
  std::vector<std::string> labels;
  std::string outside_label;          // empty: the table had none
  std::unique_ptr<Scorer> linear;     // never null
  std::unique_ptr<Scorer> attention;  // null where only the linear model was trained
  bool ever_sure = true;              // false: no probability is enough for the error budget
  std::vector<std::string> notes;     // for people: a precision that was asked for and is not taken, and why
};

// `precision`: of the attention model, where the quality gate lets it (attention_part.h). Thresholds and calibration
// were fitted with fp32.
Result<TrainedModel> open_model_dir(const std::string& path, const Sureness& overrides = {},
                                    const std::string& precision = "fp32");

// Its attention model alone, in a precision that a decision was once made in, whatever the gate says now: for replays.
// Errors: as open_model_dir(); kNotFound where there is none.
Result<std::unique_ptr<Scorer>> open_attention_as(const std::string& path, const Sureness& overrides,
                                                  const std::string& precision);

}  // namespace fovea::serve
