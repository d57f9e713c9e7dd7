#include "door/cli/models_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "door/cli/output.h"
#include "engine/models/encoder_model.h"
#include "engine/models/manifest_check.h"
#include "engine/models/verify.h"
#include "engine/train/limits.h"
#include "engine/train/model_record.h"
#include "engine/train/table_rows.h"

namespace fovea::cli {
namespace {

using models::VerifySample;

constexpr uint64_t kConfigBytesMax = 1 << 20;  // of a config.json that `fovea train` wrote

// What is judged: a folder, and how its probabilities are read.
struct Subject {
  std::string folder;
  double temperature = 1;
  std::vector<double> thresholds;
  int64_t tokens_max = 0;                // of one text; 0: as the folder says
  std::vector<std::string> labels = {};  // of a directory of `fovea train`; else those of the folder count
  bool trained = false;                  // it is such a directory
};

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Result<Subject> find_subject(const ModelsVerifyOptions& options) {
  Subject subject{.folder = options.directory, .thresholds = options.thresholds};
  if (exists(options.directory + "/linear.fvl")) {  // a directory of `fovea train`
    FOVEA_TRY(const train::ModelRecord record, train::read_record(options.directory));
    if (!record.has_attention())
      return fail(Code::kFailedPrecondition, "has no attention model, so there is no precision to judge",
                  options.directory, "train without --linear-only");
    subject.folder += "/attention";
    subject.trained = true;
    subject.labels = record.labels;
    subject.temperature = record.judge.attention_temperature;
    FOVEA_TRY(const std::string config, read_file(subject.folder + "/config.json", kConfigBytesMax));
    FOVEA_TRY(const Json json, parse_json(config));
    subject.tokens_max =
        static_cast<int64_t>(std::clamp(number_or(member(json, "fovea_tokens_max"), 0), 0.0, 65'536.0));
    const double least = record.judge.attention_min;
    if (subject.thresholds.empty() && least > 0 && least <= 1) subject.thresholds.push_back(least);
  }
  if (subject.thresholds.empty()) subject.thresholds = {0.5, 0.9};
  return subject;
}

// Lines as `fovea encode` reads them; empty ones are left out.
void take_lines(std::string_view bytes, VerifySample& sample) {
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) sample.texts.emplace_back(line);
  }
}

Result<VerifySample> read_sample(const ModelsVerifyOptions& options, const std::vector<std::string>& labels) {
  FOVEA_TRY(const std::string bytes, read_file(options.table, train::kTableBytesMax));
  VerifySample sample{.name = std::filesystem::path(options.table).filename().string(),
                      .digest = to_hex(bytes_of(sha256(bytes))),
                      .texts = {},
                      .truth = {}};
  if (options.text.empty()) {
    const std::string kind = std::filesystem::path(options.table).extension().string();
    if (kind == ".csv" || kind == ".jsonl" || !options.label.empty())
      return fail(Code::kInvalidArgument, "is a table", options.table, "name the column of its texts: --text COLUMN");
    take_lines(bytes, sample);
    return sample;
  }
  const std::string& label_column = options.label.empty() ? options.text : options.label;
  FOVEA_OK(train::read_rows(bytes, options.table, options.text, label_column, [&](train::RawRow row) -> Result<void> {
    if (row.text.empty()) return {};
    sample.texts.push_back(std::move(row.text));
    if (options.label.empty()) return {};
    const auto found = std::ranges::find(labels, row.label);
    sample.truth.push_back(found == labels.end() ? models::kNoTruth : static_cast<uint32_t>(found - labels.begin()));
    return {};
  }));
  const bool known = std::ranges::any_of(sample.truth, [](uint32_t truth) { return truth != models::kNoTruth; });
  if (!sample.truth.empty() && !known)
    return fail(Code::kInvalidArgument, fmt::format("no row has a label of the model in column '{}'", options.label),
                options.table, labels.empty() ? "the model gives embeddings" : "one is '" + labels[0] + "'");
  return sample;
}

Result<models::Verified> judge(const ModelsVerifyOptions& options, Subject& subject, models::VerifyOptions& how) {
  FOVEA_TRY(subject, find_subject(options));
  std::vector<std::string> labels = subject.labels;
  if (!options.label.empty() && !subject.trained) {
    FOVEA_TRY(const auto model, models::EncoderModel::create(subject.folder, {.ignore_verdict = true}));
    labels = model->labels();
  }
  FOVEA_TRY(const VerifySample sample, read_sample(options, labels));
  how.thresholds = subject.thresholds;
  how.temperature = subject.temperature;
  how.limits.agreement_min = options.limit_agreement.value_or(how.limits.agreement_min);
  how.limits.cosine_p1_min = options.limit_cosine.value_or(how.limits.cosine_p1_min);
  how.limits.cosine_mean_min = options.limit_cosine_mean.value_or(how.limits.cosine_mean_min);
  how.limits.flips_max = options.limit_flips;
  how.tokens_max = subject.tokens_max;
  how.workers = options.threads;
  how.reference = options.reference;
  FOVEA_TRY(models::Verified verified, models::verify_model(subject.folder, sample, how));
  RealFiles files;
  FOVEA_OK(models::write_verdict(files, subject.folder, verified.verdict));
  return verified;
}

void say_figures(const models::PrecisionFigures& figures, const models::VerifyOptions& how) {
  const double rate = figures.texts_per_s;
  if (figures.precision == kernels::Precision::kFp32) {
    say(fmt::format("  fp32  the reference{:>68.1f} texts/s", rate));
    return;
  }
  say(fmt::format("  {}  cosine: least {:.5f}, 1st percentile {:.5f}, mean {:.5f}{:>24.1f} texts/s",
                  kernels::precision_name(figures.precision), figures.cosine.min, figures.cosine.p1,
                  figures.cosine.mean, rate));
  if (!figures.decisions) return;
  std::string flips;
  for (size_t t = 0; t < how.thresholds.size(); ++t)
    flips +=
        fmt::format("{}{:.2f} % at {:.3g}", t > 0 ? ", " : "", 100 * figures.decisions->flips[t], how.thresholds[t]);
  say(fmt::format("        same label {:.2f} %; decisions that flip: {}; probabilities move by {:.5f}",
                  100 * figures.decisions->agreement, flips, figures.decisions->calibration_shift));
  if (figures.decisions->accuracy)
    say(fmt::format("        accuracy {:.2f} %, calibration error {:.4f} (fp32: {:.4f})",
                    100 * *figures.decisions->accuracy, *figures.decisions->ece, *figures.decisions->ece_before));
}

// The fastest that is allowed: int8, then bf16, then fp32; empty: none.
std::string_view serves(const models::Verdict& verdict) {
  using kernels::Precision;
  for (Precision precision : {Precision::kInt8, Precision::kBf16, Precision::kFp32})
    if (const auto* about = verdict.find(precision); about && about->allowed) return kernels::precision_name(precision);
  return {};
}

int say_verdict(const models::Verified& verified, const Subject& subject, const models::VerifyOptions& how, bool json) {
  const models::Verdict& verdict = verified.verdict;
  say(fmt::format("{} texts of {}:", verdict.rows, verdict.table));
  for (const models::PrecisionFigures& figures : verified.figures) say_figures(figures, how);
  for (const models::PrecisionVerdict& each : verdict.precisions)
    if (!each.allowed) say(fmt::format("{} is refused: {}", kernels::precision_name(each.precision), each.why));
  const std::string_view best = serves(verdict);
  const std::string path = models::verdict_path(subject.folder);
  if (best.empty()) {
    say(fmt::format("no precision of {} may serve", subject.folder));
  } else if (subject.trained) {
    say(fmt::format("{} may serve, as {} says; a flow takes it with `model: {{ path: DIR, precision: {} }}`", best,
                    path, best));
  } else {
    say(fmt::format("{} may serve; --precision auto takes what is written in {}", best, path));
  }
  if (json) {
    Json out = models::verdict_json(verdict);
    out.get_object()["serves"] = best.empty() ? Json(nullptr) : Json(best);
    answer(out);
  }
  return best.empty() ? kFailed : kDone;
}

int run_check(const ModelsVerifyOptions& options) {
  const auto check = models::check_model(options.directory);
  if (!check) return report(check.error(), options.json);
  const std::string golden = check->same_bits ? "equal to the bit" : fmt::format("within {:.1e}", check->difference);
  say(fmt::format("{} files and {} weights match their digests; {} golden outputs are {}", check->files, check->weights,
                  check->golden, golden));
  if (options.json)
    answer(JsonObject{{"check", JsonObject{{"precision", kernels::precision_name(check->precision)},
                                           {"files", check->files},
                                           {"weights", check->weights},
                                           {"golden", check->golden},
                                           {"same_bits", check->same_bits},
                                           {"difference", check->difference}}}});
  return kDone;
}

}  // namespace

int run_models_verify(const ModelsVerifyOptions& options) {
  if (options.check == !options.table.empty())
    return report({Code::kInvalidArgument, "needs a table of texts, or --check, not both", "models verify", ""},
                  options.json);
  if (options.check) return run_check(options);
  SystemClock clock;
  Progress progress("verify", clock);
  models::VerifyOptions how;
  how.progress = [&](double share, std::string_view note) { progress.update(share, std::string(note)); };
  Subject subject;
  const auto verified = judge(options, subject, how);
  if (!verified) return report(verified.error(), options.json);
  progress.done("");
  return say_verdict(*verified, subject, how, options.json);
}

}  // namespace fovea::cli
