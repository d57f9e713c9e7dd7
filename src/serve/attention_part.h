// The attention model of a directory of `fovea train`: in which precision it may score, and from which files.
// The one rule is the quality gate's (engine/models/verify_verdict.h): int8 scores where `fovea models verify` allowed
// it, else bf16 does, else fp32. Its weights are those of DIR/attention, or, where `fovea models import` packed them in
// that precision, of DIR/attention-PRECISION: the same bits, mapped.
// Errors: as AttentionModel::open(); kDataLoss where quality.json or a packed folder is damaged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/train/attention_model.h"
#include "engine/train/model_record.h"

namespace fovea::serve {

struct AttentionPart {
  std::unique_ptr<train::AttentionModel> model;
  double speed = 1;                // times the rate of fp32, as the gate measured it; 1 where it did not
  std::vector<std::string> notes;  // for people: what is not as it was asked for, and why
};

enum class Obey { kVerdict, kTheCaller };  // kTheCaller: a replay scores as it was scored, whatever a verdict says now

// `record`: of the directory `path`, just read. `precision`: fp32, bf16 or int8.
Result<AttentionPart> open_attention(const std::string& path, const train::ModelRecord& record,
                                     const std::string& precision, Obey obey);

// Where the packed weights of a precision are looked for.
std::string packed_attention_path(const std::string& path, const std::string& precision);

}  // namespace fovea::serve
