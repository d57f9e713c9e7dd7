#include "engine/train/evaluate.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "engine/models/linear.h"
#include "engine/models/workers.h"
#include "engine/train/attention_model.h"
#include "engine/train/measure_cost.h"
#include "engine/train/model_record.h"

namespace fovea::train {
namespace {

// Attention logits [texts, labels], over all processors in small groups; which thread took a group changes no bit.
Result<std::vector<float>> attention_logits(const AttentionModel& model, std::span<const std::string_view> texts,
                                            const std::function<bool(double)>& progress) {
  constexpr size_t kGroup = 16;
  FOVEA_TRY(const auto workers, models::Workers::create(0));
  std::vector<AttentionScratch> scratch(static_cast<size_t>(workers->count()));
  std::vector<float> out(texts.size() * model.labels());
  std::mutex mutex;
  std::atomic<bool> stopped{false};
  Result<void> failed;
  workers->run((texts.size() + kGroup - 1) / kGroup, [&](size_t item, size_t worker) {
    if (stopped) return;
    const size_t at = item * kGroup;
    auto logits = model.score(texts.subspan(at, std::min(kGroup, texts.size() - at)), scratch[worker]);
    const bool tells = worker == 0 && progress;  // the caller's thread
    const bool stop = tells && !progress(static_cast<double>(at) / static_cast<double>(texts.size()));
    if (!logits || stop) {
      const std::lock_guard lock(mutex);
      failed = logits ? fail(Code::kCancelled, "the evaluation was cancelled") : std::unexpected(logits.error());
      stopped = true;
      return;
    }
    std::ranges::copy(*logits, out.begin() + static_cast<ptrdiff_t>(at * model.labels()));
  });
  FOVEA_OK(failed);
  return out;
}

}  // namespace

Result<Evaluation> evaluate_model(const EvaluateOptions& options, const std::function<bool(double)>& progress) {
  FOVEA_TRY(const ModelRecord record, read_record(options.directory));
  FOVEA_TRY(const Table table,
            read_test_table(options.table, options.text_column, options.label_column, record.labels));
  bool needs_attention = options.rung == Rung::kAttention || options.rung == Rung::kCascade;
  if (needs_attention && !record.has_attention()) {
    return fail(Code::kFailedPrecondition, "the model has no attention rung", options.directory,
                "--rung linear, or train with the attention model");
  }
  Evaluation out;
  out.rows = table.rows();
  out.labels = record.labels.size();
  out.warnings = table.warnings;
  out.has_attention = record.has_attention() && options.rung != Rung::kLinear;
  HeldOutScores scores;
  scores.labels = out.labels;
  scores.truth = table.labels;
  std::vector<std::string_view> texts(table.texts.begin(), table.texts.end());
  FOVEA_TRY(const auto linear, models::LinearModel::open(options.directory + "/linear.fvl"));
  models::LinearScratch scratch;
  for (std::string_view text : texts) {
    auto row = linear.score(text, scratch);
    scores.linear.insert(scores.linear.end(), row.begin(), row.end());
  }
  double linear_us = measure_cost(texts, [&](std::string_view text) { linear.score(text, scratch); }).us_mean;
  double attention_us = 0;
  if (out.has_attention) {
    FOVEA_TRY(const auto attention,
              AttentionModel::open(options.directory + "/attention", out.labels, {options.precision, ""}));
    FOVEA_TRY(scores.attention, attention_logits(*attention, texts, progress));
    AttentionScratch attention_scratch;
    auto one = [&](std::string_view text) { static_cast<void>(attention->score({&text, 1}, attention_scratch)); };
    attention_us = measure_cost(texts, one).us_mean;
  }
  Judged judged = judge_all(record.judge, scores);
  out.linear = measure(judged.linear, scores.truth, out.labels);
  out.linear.us_per_message = linear_us;
  if (out.has_attention) {
    out.attention = measure(judged.attention, scores.truth, out.labels);
    out.attention.us_per_message = attention_us;
    out.cascade = measure(judged.cascade, scores.truth, out.labels);
    out.cascade.us_per_message = linear_us + out.cascade.handed_on * attention_us;
  }
  return out;
}

}  // namespace fovea::train
