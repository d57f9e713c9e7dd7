// The arithmetic that a model's layers run in. fp32 is the reference. bf16 keeps 8 bits of each weight and activation
// and sums in fp32; it needs no calibration. int8 has one scale for each output feature's weights and one for each
// token's activations; it must pass the quality gate on the user's own texts (engine/models/verify.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace fovea::kernels {

enum class Precision : int32_t { kFp32, kBf16, kInt8 };  // declared in isa_table.h too

std::string_view precision_name(Precision precision);  // "fp32", "bf16", "int8"
// Errors: kInvalidArgument, listing the names.
Result<Precision> parse_precision(std::string_view name);

}  // namespace fovea::kernels
