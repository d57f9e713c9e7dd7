// Is a folder of `fovea models import` what it was on the day? Every file against its digest, every weight against its
// own, and the golden outputs run again: equal bits in int8 and wherever fovea and the instruction set are those of the
// import, else within a tolerance.
// Cost: reads every byte of the folder. Threads: any.
// Errors: kDataLoss naming the file, the entry or the sequence that differs; those of read_manifest() and
// EncoderModel::create().
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "engine/kernels/precision.h"

namespace fovea::models {

// The largest difference that a golden output may show, as a share of the sequence's largest magnitude. fp32 sums in
// another order on another instruction set; bf16 besides rounds a few activations to the other side.
constexpr double kGoldenToleranceFp32 = 1e-4, kGoldenToleranceBf16 = 2e-2;

struct ModelCheck {
  kernels::Precision precision = kernels::Precision::kFp32;
  size_t files = 0, weights = 0, golden = 0;  // compared
  bool same_bits = true;                      // of all golden outputs
  double difference = 0;                      // the largest, as above
};

Result<ModelCheck> check_model(const std::string& folder);

}  // namespace fovea::models
