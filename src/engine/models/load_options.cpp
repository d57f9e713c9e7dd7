#include "engine/models/load_options.h"

#include <fmt/format.h>

#include "engine/kernels/isa.h"
#include "engine/models/verify_verdict.h"

namespace fovea::models {
namespace {

using kernels::Precision;

// Whether bf16 is faster than fp32 here.
Result<bool> has_bf16_products() {
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  const std::string_view name = isa->name;
  return name == "avx512-bf16" || name == "amx";
}

// `serving`: nobody asked for this very precision, so int8 needs a verdict that allows it, not only none that forbids
// it.
Result<void> check_allowed(const std::string& folder, Precision precision, bool serving) {
  FOVEA_TRY(const std::optional<Verdict> verdict, read_verdict(folder));
  const bool judged = verdict && verdict->find(precision) != nullptr;
  const std::string why = serving_refusal(verdict, precision);
  if (why.empty() || (!judged && !serving)) return {};
  if (!judged)
    return fail(Code::kFailedPrecondition, why, folder,
                "`fovea models verify DIR TABLE` judges it on your texts; --precision int8 takes it as it is");
  return fail(Code::kFailedPrecondition, why, verdict_path(folder),
              "take --precision auto, which is the fastest that is allowed, on the Hugging Face folder; or judge again "
              "with limits of your own: `fovea models verify`");
}

Result<Precision> choose_fastest(const std::string& folder) {
  FOVEA_TRY(const std::optional<Verdict> verdict, read_verdict(folder));
  if (serving_refusal(verdict, Precision::kInt8).empty()) return Precision::kInt8;
  FOVEA_TRY(const bool fast, has_bf16_products());
  return fast && serving_refusal(verdict, Precision::kBf16).empty() ? Precision::kBf16 : Precision::kFp32;
}

}  // namespace

Result<LoadOptions> parse_load_options(std::string_view text) {
  if (text.empty()) return LoadOptions{};
  if (text == "auto") return LoadOptions{.fastest = true};
  auto precision = kernels::parse_precision(text);
  if (!precision)
    return fail(Code::kInvalidArgument, fmt::format("no precision '{}'", text), "precision",
                "auto, fp32, bf16 or int8");
  return LoadOptions{.precision = *precision};
}

Result<Precision> choose_precision(const std::string& folder, const LoadOptions& options,
                                   std::optional<Precision> packed) {
  if (packed) {
    if (!options.fastest && options.precision && *options.precision != *packed)
      return fail(Code::kFailedPrecondition,
                  fmt::format("holds {} weights, {} is asked for", kernels::precision_name(*packed),
                              kernels::precision_name(*options.precision)),
                  folder,
                  fmt::format("`fovea models import HF_FOLDER --out DIR --precision {}` makes such a file",
                              kernels::precision_name(*options.precision)));
    if (!options.ignore_verdict) FOVEA_OK(check_allowed(folder, *packed, options.fastest));
    return *packed;
  }
  if (options.fastest) return choose_fastest(folder);
  const Precision precision = options.precision.value_or(Precision::kFp32);
  if (!options.ignore_verdict && precision != Precision::kFp32) FOVEA_OK(check_allowed(folder, precision, false));
  return precision;
}

}  // namespace fovea::models
