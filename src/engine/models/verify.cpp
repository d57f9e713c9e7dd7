#include "engine/models/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/models/manifest.h"
#include "engine/models/verify_answers.h"
#include "engine/weights/packed_file.h"

namespace fovea::models {
namespace {

using kernels::Precision;

PrecisionFigures compare(const VerifyAnswers& reference, const VerifyAnswers& answers, const VerifySample& sample,
                         const VerifyOptions& options) {
  PrecisionFigures figures{.precision = answers.precision,
                           .cosine = compare_cosines(reference.values, answers.values, answers.width),
                           .decisions = {},
                           .texts_per_s = answers.texts_per_s,
                           .tokens_per_s = answers.tokens_per_s};
  if (answers.classifies)
    figures.decisions =
        compare_decisions(reference.values, answers.values, answers.width, options.temperature, options.thresholds,
                          answers.per_token ? std::span<const uint32_t>() : std::span<const uint32_t>(sample.truth));
  return figures;
}

Json figures_json(const PrecisionFigures& figures, const VerifyOptions& options) {
  JsonObject json{
      {"cosine", JsonObject{{"min", figures.cosine.min}, {"p1", figures.cosine.p1}, {"mean", figures.cosine.mean}}}};
  if (figures.decisions) {
    const DecisionFigures& decisions = *figures.decisions;
    JsonArray flips;
    for (size_t t = 0; t < options.thresholds.size(); ++t)
      flips.push_back(JsonObject{{"threshold", options.thresholds[t]}, {"share", decisions.flips[t]}});
    json["label_agreement"] = decisions.agreement;
    json["flips"] = std::move(flips);
    json["calibration_shift"] = decisions.calibration_shift;
    if (decisions.accuracy) {
      json["accuracy"] = *decisions.accuracy;
      json["ece"] = *decisions.ece;
      json["ece_shift"] = *decisions.ece - *decisions.ece_before;
    }
  }
  json["texts_per_s"] = figures.texts_per_s;
  json["tokens_per_s"] = figures.tokens_per_s;
  return json;
}

Json limits_json(const VerifyOptions& options, bool classifies) {
  if (!classifies)
    return JsonObject{{"cosine_p1_min", options.limits.cosine_p1_min},
                      {"cosine_mean_min", options.limits.cosine_mean_min}};
  JsonObject json{{"label_agreement_min", options.limits.agreement_min}, {"temperature", options.temperature}};
  json["flips_max"] = options.limits.flips_max ? Json(*options.limits.flips_max) : Json(nullptr);
  return json;
}

// The fp32 of a packed folder is that of the folder that it was made from, and of no other.
Result<std::string> reference_of(const std::string& folder, const VerifyOptions& options) {
  if (!weights::has_packed_file(folder)) return folder;
  if (options.reference.empty())
    return fail(Code::kInvalidArgument, "holds packed weights of one precision", folder,
                "name the Hugging Face folder that it was made from: --reference HF_FOLDER");
  FOVEA_TRY(const auto digests, weights_digests(folder));
  FOVEA_TRY(const auto found, source_digests(options.reference));
  if (found != digests)
    return fail(Code::kInvalidArgument, "is not the folder that the packed weights were made from", options.reference,
                "its config.json or weights differ from those in manifest.json");
  return options.reference;
}

}  // namespace

std::string limit_passed(const PrecisionFigures& figures, const VerifyOptions& options) {
  const VerifyLimits& limits = options.limits;
  const auto under = [](const char* what, double value, double limit) {
    return fmt::format("{} {:.2f} % is under {:.2f} %", what, 100 * value, 100 * limit);
  };
  if (!figures.decisions) {
    if (!(figures.cosine.p1 >= limits.cosine_p1_min))
      return fmt::format("the first percentile of cosines {:.5f} is under {}", figures.cosine.p1, limits.cosine_p1_min);
    if (!(figures.cosine.mean >= limits.cosine_mean_min))
      return fmt::format("the mean cosine {:.5f} is under {}", figures.cosine.mean, limits.cosine_mean_min);
    return {};
  }
  if (!(figures.decisions->agreement >= limits.agreement_min))
    return under("label agreement", figures.decisions->agreement, limits.agreement_min);
  for (size_t t = 0; limits.flips_max && t < options.thresholds.size(); ++t)
    if (!(figures.decisions->flips[t] <= *limits.flips_max))
      return fmt::format("{:.2f} % of the decisions at {} flip, {:.2f} % may", 100 * figures.decisions->flips[t],
                         options.thresholds[t], 100 * *limits.flips_max);
  return {};
}

Result<Verified> verify_model(const std::string& folder, const VerifySample& sample, const VerifyOptions& options) {
  if (sample.texts.size() < kVerifyRowsMin || sample.texts.size() > kVerifyRowsMax)
    return fail(Code::kInvalidArgument,
                fmt::format("{} texts; {} to {} are judged by", sample.texts.size(), kVerifyRowsMin, kVerifyRowsMax),
                sample.name, "a few hundred texts like those that will come say enough");
  Verified verified{.figures = {}, .verdict = {}, .packed = weights::has_packed_file(folder)};
  FOVEA_TRY(const std::string reference_folder, reference_of(folder, options));
  std::vector<std::optional<Precision>> others{Precision::kBf16, Precision::kInt8};
  if (verified.packed) others = {std::nullopt};
  size_t run = 0;
  const VerifyWatch watch = [&](double share, std::string_view note) {
    if (options.progress)
      options.progress((static_cast<double>(run) + share) / static_cast<double>(others.size() + 1), note);
  };
  const VerifyAsk how{.workers = options.workers, .tokens_max = options.tokens_max};
  FOVEA_TRY(const VerifyAnswers reference, ask_model(reference_folder, Precision::kFp32, sample.texts, how, watch));
  verified.figures.push_back(compare(reference, reference, sample, options));
  Verdict& verdict = verified.verdict;
  for (const auto& precision : others) {
    ++run;
    FOVEA_TRY(const VerifyAnswers answers, ask_model(folder, precision, sample.texts, how, watch));
    const PrecisionFigures figures = compare(reference, answers, sample, options);
    const std::string why = limit_passed(figures, options);
    verdict.precisions.push_back(
        {figures.precision, why.empty(), why, figures_json(figures, options), figures.texts_per_s});
    if (answers.precision != Precision::kFp32) verified.figures.push_back(figures);
  }
  if (!verified.packed)
    verdict.precisions.insert(
        verdict.precisions.begin(),
        {Precision::kFp32, true, "", figures_json(verified.figures[0], options), verified.figures[0].texts_per_s});
  FOVEA_TRY(verdict.weights, weights_digests(folder));
  verdict.table = sample.name;
  verdict.table_digest = sample.digest;
  verdict.rows = sample.texts.size();
  verdict.limits = limits_json(options, reference.classifies);
  return verified;
}

}  // namespace fovea::models
