#include "engine/models/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/models/manifest.h"
#include "engine/models/text_encoder.h"
#include "engine/weights/packed_file.h"

namespace fovea::models {
namespace {

using kernels::Precision;

constexpr size_t kChunk = 256;  // texts between two calls of `progress`

struct Answers {
  std::vector<float> values;  // [rows, width]
  size_t width = 0;
  Precision precision = Precision::kFp32;
  bool classifies = false, per_token = false;
  double texts_per_s = 0, tokens_per_s = 0;
};

using Watch = std::function<void(double share, std::string_view note)>;

Result<Answers> ask(const std::string& folder, std::optional<Precision> precision, const VerifySample& sample,
                    const VerifyOptions& options, const Watch& watch) {
  FOVEA_TRY(const auto encoder,
            TextEncoder::create(folder, {.workers = options.workers,
                                         .tokens_max = options.tokens_max,
                                         .load = {.precision = precision, .ignore_verdict = true}}));
  const EncoderModel& model = encoder->model();
  Answers answers{.values = {},
                  .width = static_cast<size_t>(model.width()),
                  .precision = model.precision(),
                  .classifies = model.output() != Output::kEmbedding,
                  .per_token = model.per_token()};
  const std::span texts(sample.texts);
  FOVEA_TRY(const auto warm, encoder->encode(texts.first(std::min<size_t>(texts.size(), kChunk))));
  size_t tokens = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (size_t at = 0; at < texts.size(); at += kChunk) {
    FOVEA_TRY(const auto encoded, encoder->encode(texts.subspan(at, std::min(kChunk, texts.size() - at))));
    for (const EncodedText& text : encoded) {
      answers.values.insert(answers.values.end(), text.values.begin(), text.values.end());
      tokens += text.tokens.ids.size();
    }
    if (watch)
      watch(static_cast<double>(std::min(at + kChunk, texts.size())) / static_cast<double>(texts.size()),
            kernels::precision_name(answers.precision));
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  answers.texts_per_s = static_cast<double>(texts.size()) / seconds;
  answers.tokens_per_s = static_cast<double>(tokens) / seconds;
  return answers;
}

PrecisionFigures compare(const Answers& reference, const Answers& answers, const VerifySample& sample,
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
  const Watch watch = [&](double share, std::string_view note) {
    if (options.progress)
      options.progress((static_cast<double>(run) + share) / static_cast<double>(others.size() + 1), note);
  };
  FOVEA_TRY(const Answers reference, ask(reference_folder, Precision::kFp32, sample, options, watch));
  verified.figures.push_back(compare(reference, reference, sample, options));
  Verdict& verdict = verified.verdict;
  for (const auto& precision : others) {
    ++run;
    FOVEA_TRY(const Answers answers, ask(folder, precision, sample, options, watch));
    const PrecisionFigures figures = compare(reference, answers, sample, options);
    const std::string why = limit_passed(figures, options);
    verdict.precisions.push_back({figures.precision, why.empty(), why, figures_json(figures, options)});
    if (answers.precision != Precision::kFp32) verified.figures.push_back(figures);
  }
  if (!verified.packed)
    verdict.precisions.insert(verdict.precisions.begin(),
                              {Precision::kFp32, true, "", figures_json(verified.figures[0], options)});
  FOVEA_TRY(verdict.weights, weights_digests(folder));
  verdict.table = sample.name;
  verdict.table_digest = sample.digest;
  verdict.rows = sample.texts.size();
  verdict.limits = limits_json(options, reference.classifies);
  return verified;
}

}  // namespace fovea::models
