// How a model is loaded: above all in which precision, by what is asked for, what a packed file holds and what the
// quality gate allows.
// Journey: EncoderModel::create() asks choose_precision() before it reads weights. quality.json is the verdict of
// `fovea models verify` (verify_verdict.h); it counts where it is about these weights.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/kernels/precision.h"
#include "engine/weights/packed_writer.h"

namespace fovea::models {

struct LoadOptions {
  // Of the encoder's layers; heads are fp32. Not set: as a packed file has it, fp32 for a Hugging Face folder.
  std::optional<kernels::Precision> precision = {};
  // Instead: the fastest that may be. int8 where the verdict allows it, else bf16 where the machine has bf16 products
  // and no verdict forbids it, else fp32. A packed file has one precision; there, int8 needs a verdict that allows it.
  bool fastest = false;
  bool ignore_verdict = false;              // for the quality gate itself
  weights::PackedWriter* record = nullptr;  // gets every weight that the model asks for (`fovea models import`)
};

// "" (none set), "auto" (the fastest), "fp32", "bf16", "int8". Errors: kInvalidArgument, listing them.
Result<LoadOptions> parse_load_options(std::string_view precision);

// `packed`: of the folder's packed file, if it has one. Errors: kFailedPrecondition where the packed file has another
// precision, or the verdict on the folder forbids this one: with the figure, and the way out.
Result<kernels::Precision> choose_precision(const std::string& folder, const LoadOptions& options,
                                            std::optional<kernels::Precision> packed);

}  // namespace fovea::models
