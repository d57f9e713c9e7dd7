#include "engine/train/train_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/files.h"
#include "engine/train/attention_model.h"
#include "engine/train/attention_train.h"
#include "engine/train/limits.h"
#include "engine/train/linear_fit.h"
#include "engine/train/measure_cost.h"
#include "engine/train/report.h"
#include "engine/train/split.h"

namespace fovea::train {
namespace {

namespace fs = std::filesystem;

struct Part {
  std::vector<std::string_view> texts;
  std::vector<uint32_t> labels;
};

class Training {
 public:
  Training(const TrainOptions& options, const TrainWatch& watch, const Clock& clock)
      : options_(options), watch_(watch), clock_(clock) {}

  Result<TrainStory> run() {
    Nanos start = clock_.steady();
    FOVEA_OK(read());
    FOVEA_OK(linear());
    if (!options_.linear_only) FOVEA_OK(attention());
    FOVEA_OK(judge());
    story_.seconds = std::chrono::duration<double>(clock_.steady() - start).count();
    FOVEA_OK(write());
    return std::move(story_);
  }

 private:
  Result<void> read();
  Result<void> linear();
  Result<void> cross_fit(LinearFitOptions fit);
  Result<double> try_cost(LinearFitOptions fit);
  Result<void> attention();
  Result<void> judge();
  Result<void> measure_costs();
  Result<void> write();
  Part part(const std::function<bool(uint32_t fold)>& take) const;
  bool tell(double fraction, const std::string& note) const {
    return !watch_.progress || watch_.progress(fraction, note);
  }
  void warn(Warning warning) {
    if (watch_.warn) watch_.warn(warning);
    story_.warnings.push_back(std::move(warning));
  }
  std::string out(const std::string& name) const { return options_.out + "/" + name; }

  const TrainOptions& options_;
  const TrainWatch& watch_;
  const Clock& clock_;
  Table table_;
  uint32_t folds_ = 5;
  std::vector<uint32_t> fold_;
  uint32_t outside_ = UINT32_MAX;
  HeldOutScores scores_, more_;  // fold 0, and the other folds of the linear model
  Part held_;
  std::vector<std::string> parts_{"linear.fvl"};
  TrainStory story_;
};

Part Training::part(const std::function<bool(uint32_t)>& take) const {
  Part p;
  for (size_t i = 0; i < table_.rows(); ++i) {
    if (!take(fold_[i])) continue;
    p.texts.push_back(table_.texts[i]);
    p.labels.push_back(table_.labels[i]);
  }
  return p;
}

Result<void> Training::read() {
  FOVEA_TRY(table_, read_table(options_.table, options_.text_column, options_.label_column));
  for (const Warning& w : table_.warnings) warn(w);
  folds_ = table_.rows() < kSmallTable ? 5 : table_.rows() < kLargeTable ? 10 : 20;
  fold_ = stratified_folds(table_.labels, folds_, options_.seed);
  held_ = part([](uint32_t fold) { return fold == 0; });
  scores_.labels = more_.labels = table_.label_names.size();
  scores_.truth = held_.labels;
  ModelRecord& r = story_.record;
  r.labels = table_.label_names;
  auto outside = std::find(r.labels.begin(), r.labels.end(), options_.outside_label);
  if (outside != r.labels.end()) {
    r.outside_label = *outside;
    outside_ = static_cast<uint32_t>(outside - r.labels.begin());
  }
  r.table_name = fs::path(options_.table).filename().string();
  r.table_digest = table_.digest;
  r.text_column = options_.text_column;
  r.label_column = options_.label_column;
  r.rows = table_.rows();
  r.held_out_rows = held_.texts.size();
  r.seed = options_.seed;
  r.error_budget = options_.error_budget;
  std::error_code error;
  fs::create_directories(options_.out, error);
  if (error) return fail(Code::kUnavailable, error.message(), options_.out, "name a directory that can be written");
  return {};
}

void score_part(const models::LinearModel& model, const Part& p, std::vector<float>& out) {
  models::LinearScratch scratch;
  for (std::string_view text : p.texts) {
    auto scores = model.score(text, scratch);
    out.insert(out.end(), scores.begin(), scores.end());
  }
}

// The log-loss on the held-out part with this cost, after its own temperature.
Result<double> Training::try_cost(LinearFitOptions fit) {
  Part learn = part([](uint32_t fold) { return fold != 0; });
  FOVEA_TRY(auto model, fit_linear(learn.texts, learn.labels, scores_.labels, fit));
  std::vector<float> scores;
  score_part(model, held_, scores);
  return calibrated_log_loss(scores, held_.labels, scores_.labels);
}

Result<void> Training::cross_fit(LinearFitOptions fit) {
  uint32_t rounds = table_.rows() < kLargeTable ? folds_ : 1;
  for (uint32_t round = 0; round < rounds; ++round) {
    Part learn = part([&](uint32_t fold) { return fold != round; }),
         look = part([&](uint32_t fold) { return fold == round; });
    FOVEA_TRY(auto model, fit_linear(learn.texts, learn.labels, scores_.labels, fit));
    score_part(model, look, round == 0 ? scores_.linear : more_.linear);
    if (round > 0) more_.truth.insert(more_.truth.end(), look.labels.begin(), look.labels.end());
    if (!tell(0.02 + 0.06 * (round + 1) / rounds, "linear model, cross-fitted")) {
      return fail(Code::kCancelled, "training was cancelled");
    }
  }
  return {};
}

Result<void> Training::linear() {
  LinearFitOptions fit;
  fit.seed = options_.seed;
  bool large = table_.rows() >= kLargeTable;
  fit.texts_min = large ? 2 : 1;
  fit.cost = 0.5;
  double best = INFINITY;
  LinearFitOptions chosen = fit;
  for (double cost : large ? std::vector<double>{} : std::vector<double>{0.5, 1, 2, 4}) {
    fit.cost = cost;
    FOVEA_TRY(double loss, try_cost(fit));
    if (loss < best) best = loss, chosen = fit;
    if (!tell(0.02, "linear model")) return fail(Code::kCancelled, "training was cancelled");
  }
  FOVEA_OK(cross_fit(chosen));
  Part all = part([](uint32_t) { return true; });
  FOVEA_TRY(auto model, fit_linear(all.texts, all.labels, scores_.labels, chosen));
  if (!tell(0.1, "linear model")) return fail(Code::kCancelled, "training was cancelled");
  return RealFiles().write_atomic(out("linear.fvl"), model.to_bytes());
}

Result<void> Training::attention() {
  AttentionTrainOptions how;
  how.base = options_.base;
  how.folder = out("attention");
  how.checkpoint = out("checkpoint");
  how.seed = options_.seed;
  how.epochs = options_.epochs;
  how.rate = options_.rate;
  how.threads = options_.threads;
  // In a large table the held-out rows would teach little, and learning from them moves the calibration.
  how.top_up_epochs = table_.rows() < kLargeTable ? 1 : 0;
  if (!find_torch_trainer()) {
    if (!options_.base.empty()) {
      return fail(Code::kUnavailable, "fine-tuning needs the trainer of attention models, and it is not there",
                  "fovea-train-torch", "apt-get install libtorch-dev libopenblas0-pthread, and build again");
    }
    warn({0,
          "the trainer of attention models (fovea-train-torch) is not there, so only the linear model is made; "
          "apt-get install libtorch-dev libopenblas0-pthread, and build again"});
    return {};
  }
  std::vector<std::string_view> texts(table_.texts.begin(), table_.texts.end());
  std::vector<bool> held;
  for (uint32_t fold : fold_) held.push_back(fold == 0);
  auto progress = [&](double fraction, double loss, std::span<const EpochSeen> epochs) {
    std::string note = fmt::format("attention model, loss {:.3f}", loss);
    if (!epochs.empty()) {
      note += fmt::format(", {:.1f} % right on the held-out part after epoch {}", epochs.back().held_out_accuracy * 100,
                          epochs.back().epoch);
    }
    return tell(0.1 + 0.85 * fraction, note);
  };
  FOVEA_TRY(auto trained, train_attention(texts, table_.labels, held, table_.label_names, how, progress));
  scores_.attention = std::move(trained.result.held_out_logits);
  if (scores_.attention.size() != scores_.truth.size() * scores_.labels) {
    return fail(Code::kDataLoss, "the trainer's held-out scores do not fit the table", how.checkpoint);
  }
  story_.record.attention_kind = trained.kind;
  story_.epochs = trained.result.epochs;
  story_.best_epoch = trained.result.best_epoch;
  story_.topped_up = how.top_up_epochs > 0;
  for (const std::string& each : trained.parts) parts_.push_back("attention/" + each);
  std::error_code ignored;
  fs::remove_all(how.checkpoint, ignored);
  return {};
}

Result<void> Training::measure_costs() {
  ModelRecord& r = story_.record;
  FOVEA_TRY(auto linear, models::LinearModel::open(out("linear.fvl")));
  models::LinearScratch scratch;
  MeasuredCost cost = measure_cost(held_.texts, [&](std::string_view text) { linear.score(text, scratch); });
  r.linear_cost = cost.fit;
  r.linear.us_per_message = cost.us_mean;
  if (!r.has_attention()) return {};
  FOVEA_TRY(auto attention, AttentionModel::open(out("attention"), r.labels.size()));
  AttentionScratch attention_scratch;
  Result<void> failed;
  cost = measure_cost(held_.texts, [&](std::string_view text) {
    if (auto done = attention->score({&text, 1}, attention_scratch); !done) failed = std::unexpected(done.error());
  });
  FOVEA_OK(failed);
  r.attention_cost = cost.fit;
  r.attention.us_per_message = cost.us_mean;
  r.cascade.us_per_message = r.linear.us_per_message + r.cascade.handed_on * cost.us_mean;
  return {};
}

Result<void> Training::judge() {
  tell(0.96, "calibration and thresholds");
  ModelRecord& r = story_.record;
  r.judge = fit_judge(scores_, more_, outside_);
  r.budget_rows = budget_rows(r.judge, scores_, more_);
  set_budget(r.judge, r.budget_rows, options_.error_budget);
  story_.judged = judge_crosswise(scores_, outside_, options_.error_budget);
  r.linear = measure(story_.judged.linear, scores_.truth, scores_.labels);
  if (r.has_attention()) {
    r.attention = measure(story_.judged.attention, scores_.truth, scores_.labels);
    r.cascade = measure(story_.judged.cascade, scores_.truth, scores_.labels);
  }
  if (!std::isfinite(r.judge.linear_min) && (!r.has_attention() || !std::isfinite(r.judge.both_min))) {
    char budget[32];
    std::snprintf(budget, sizeof budget, "%g %%", options_.error_budget * 100);
    warn({0, std::string("no threshold meets an error budget of ") + budget +
                 " on the held-out rows: the models will never be sure; label more messages or allow more errors"});
  }
  story_.truth = scores_.truth;
  story_.texts.assign(held_.texts.begin(), held_.texts.end());
  return measure_costs();
}

Result<void> Training::write() {
  FOVEA_OK(write_record(options_.out, story_.record, parts_));
  FOVEA_OK(RealFiles().write_atomic(out("report.html"), report_html(story_)));
  tell(1.0, "done");
  return {};
}

}  // namespace

Result<TrainStory> train_model(const TrainOptions& options, const TrainWatch& watch, const Clock& clock) {
  if (!(options.error_budget > 0 && options.error_budget < 1)) {
    return fail(Code::kInvalidArgument, "an error budget lies between 0 and 1", "error_budget", "2 % is 0.02");
  }
  return Training(options, watch, clock).run();
}

}  // namespace fovea::train
