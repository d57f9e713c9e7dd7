#include "engine/models/verify_verdict.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/digest.h"
#include "base/version.h"
#include "engine/models/manifest.h"
#include "engine/weights/config_file.h"
#include "engine/weights/packed_file.h"
#include "engine/weights/weight_files.h"

namespace fovea::models {
namespace {

constexpr std::string_view kFormat = "fovea-quality";
constexpr int64_t kVersion = 1;

Result<Verdict> parse_verdict(const std::string& path) {
  FOVEA_TRY(const auto file, weights::ConfigFile::open(path));
  const auto bad = [&](std::string_view field, std::string message) {
    return fail(Code::kDataLoss, std::move(message), file.where(field), "run `fovea models verify` again");
  };
  if (text_or(member(file.root(), "format"), "") != kFormat) return bad("format", "is not that of a verdict");
  if (number_or(member(file.root(), "version"), 0) != kVersion)
    return fail(Code::kUnimplemented, fmt::format("only version {} is read", kVersion), file.where("version"),
                "run `fovea models verify` again");
  Verdict verdict;
  const Json& weights = member(file.root(), "weights");
  if (!weights.is_object()) return bad("weights", "must name files and digests");
  for (const auto& each : weights.get_object()) verdict.weights[each.key()] = text_or(each.value(), "");
  const Json& precisions = member(file.root(), "precisions");
  if (!precisions.is_object()) return bad("precisions", "must be an object");
  for (const auto& each : precisions.get_object()) {
    const auto precision = kernels::parse_precision(each.key());
    const Json& allowed = member(each.value(), "allowed");
    if (!precision || !allowed.is_bool()) return bad("precisions", "must say of precisions whether they are allowed");
    verdict.precisions.push_back({*precision,
                                  allowed.get_bool(),
                                  std::string(text_or(member(each.value(), "why"), "")),
                                  {},
                                  number_or(member(each.value(), "texts_per_s"), 0)});
  }
  return verdict;
}

}  // namespace

std::string verdict_path(const std::string& folder) {
  return folder + "/" + std::string(kVerdictFileName);
}

const PrecisionVerdict* Verdict::find(kernels::Precision precision) const {
  for (const PrecisionVerdict& each : precisions)
    if (each.precision == precision) return &each;
  return nullptr;
}

Result<std::map<std::string, std::string>> weights_digests(const std::string& folder) {
  if (weights::has_packed_file(folder)) {
    FOVEA_TRY(const Manifest manifest, read_manifest(folder));
    return manifest.source_files;
  }
  return source_digests(folder);
}

Json verdict_json(const Verdict& verdict) {
  JsonObject weights, precisions;
  for (const auto& [file, digest] : verdict.weights) weights[file] = digest;
  for (const PrecisionVerdict& each : verdict.precisions) {
    JsonObject said{{"allowed", each.allowed}, {"why", each.why}};
    if (each.figures.is_object())
      for (const auto& figure : each.figures.get_object()) said[figure.key()] = figure.value();
    precisions[kernels::precision_name(each.precision)] = std::move(said);
  }
  return JsonObject{
      {"format", kFormat},
      {"version", kVersion},
      {"fovea", kFoveaVersion},
      {"weights", std::move(weights)},
      {"table", JsonObject{{"name", verdict.table}, {"sha256", verdict.table_digest}, {"rows", verdict.rows}}},
      {"limits", verdict.limits},
      {"precisions", std::move(precisions)}};
}

Result<void> write_verdict(Files& files, const std::string& folder, const Verdict& verdict) {
  return files.write_atomic(verdict_path(folder), to_text(verdict_json(verdict)) + "\n");
}

Result<std::optional<Verdict>> read_verdict(const std::string& folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(verdict_path(folder), ignored)) return std::nullopt;
  FOVEA_TRY(const auto digests, weights_digests(folder));
  return read_verdict(folder, digests);
}

Result<std::optional<Verdict>> read_verdict(const std::string& folder,
                                            const std::map<std::string, std::string>& digests) {
  std::error_code ignored;
  if (!std::filesystem::exists(verdict_path(folder), ignored)) return std::nullopt;
  FOVEA_TRY(Verdict verdict, parse_verdict(verdict_path(folder)));
  if (digests != verdict.weights) return std::nullopt;
  return verdict;
}

std::string serving_refusal(const std::optional<Verdict>& verdict, kernels::Precision precision) {
  if (precision == kernels::Precision::kFp32) return {};
  const PrecisionVerdict* about = verdict ? verdict->find(precision) : nullptr;
  if (about == nullptr && precision == kernels::Precision::kBf16) return {};
  const std::string_view name = kernels::precision_name(precision);
  if (about == nullptr) return fmt::format("{} has not been verified for this model", name);
  return about->allowed ? "" : fmt::format("{} is refused for this model: {}", name, about->why);
}

GrantedPrecision grant_precision(const std::optional<Verdict>& verdict, kernels::Precision asked) {
  GrantedPrecision granted{.precision = asked, .why = serving_refusal(verdict, asked)};
  if (granted.why.empty()) return granted;
  granted.precision = kernels::Precision::kBf16;
  if (asked == kernels::Precision::kBf16 || !serving_refusal(verdict, kernels::Precision::kBf16).empty())
    granted.precision = kernels::Precision::kFp32;
  return granted;
}

}  // namespace fovea::models
