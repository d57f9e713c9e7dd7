#include "engine/kernels/precision.h"

#include <string>

namespace fovea::kernels {

std::string_view precision_name(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "fp32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
  }
  return "";
}

Result<Precision> parse_precision(std::string_view name) {
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8})
    if (name == precision_name(precision)) return precision;
  return fail(Code::kInvalidArgument, "no precision '" + std::string(name) + "'", "precision", "fp32, bf16 or int8");
}

}  // namespace fovea::kernels
