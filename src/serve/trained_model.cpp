#include "serve/trained_model.h"

#include <algorithm>

#include "engine/train/model_record.h"
#include "serve/attention_part.h"
#include "serve/attention_scorer.h"
#include "serve/linear_scorer.h"

namespace fovea::serve {
namespace {

Result<void> check(const Sureness& s) {
  auto share = [](const std::optional<double>& value, const char* name) -> Result<void> {
    if (!value || (*value >= 0 && *value <= 1)) return {};
    return fail(Code::kInvalidArgument, "must lie between 0 and 1", std::string("sure.") + name);
  };
  FOVEA_OK(share(s.error_budget, "error_budget"));
  FOVEA_OK(share(s.min_probability, "min_probability"));
  return share(s.min_margin, "min_margin");
}

train::Judge with_overrides(const train::ModelRecord& record, const Sureness& s) {
  train::Judge judge = record.judge;
  if (s.error_budget) train::set_budget(judge, record.budget_rows, *s.error_budget);
  if (s.min_probability) {
    // The cascade's hand-over still holds: a linear answer below it is better asked of the attention model.
    judge.linear_min = std::max(*s.min_probability, record.has_attention() ? judge.hand_over : 0.0);
    judge.attention_min = judge.both_min = *s.min_probability;
  }
  if (s.min_margin) judge.margin_min = *s.min_margin;
  judge.reject_outside = s.outside == Sureness::Outside::kReject;
  return judge;
}

std::unique_ptr<Scorer> scorer_of(AttentionPart part, const train::ModelRecord& record, const train::Judge& judge) {
  return std::make_unique<AttentionScorer>(std::move(part.model), judge, record.labels, record.attention_cost,
                                           part.speed, record.digest);
}

}  // namespace

Result<TrainedModel> open_model_dir(const std::string& path, const Sureness& overrides, const std::string& precision) {
  FOVEA_OK(check(overrides));
  FOVEA_TRY(train::ModelRecord record, train::read_record(path));
  train::Judge judge = with_overrides(record, overrides);
  FOVEA_TRY(models::LinearModel linear, models::LinearModel::open(path + "/linear.fvl"));
  if (linear.labels() != record.labels.size()) {
    return fail(Code::kDataLoss, "the linear model has other labels than the manifest", path + "/linear.fvl: labels");
  }
  TrainedModel model;
  model.path = path;
  model.digest = record.digest;
  model.labels = record.labels;
  model.outside_label = record.outside_label;
  double both = record.has_attention() ? std::min(judge.both_min, judge.attention_min) : train::kNeverSure;
  model.ever_sure = std::min(judge.linear_min, both) <= 1;
  model.linear =
      std::make_unique<LinearScorer>(std::move(linear), judge, record.labels, record.linear_cost, record.digest);
  if (record.has_attention()) {
    FOVEA_TRY(AttentionPart part, open_attention(path, record, precision, Obey::kVerdict));
    model.notes = part.notes;
    model.attention = scorer_of(std::move(part), record, judge);
  }
  return model;
}

Result<std::unique_ptr<Scorer>> open_attention_as(const std::string& path, const Sureness& overrides,
                                                  const std::string& precision) {
  FOVEA_OK(check(overrides));
  FOVEA_TRY(const train::ModelRecord record, train::read_record(path));
  if (!record.has_attention()) return fail(Code::kNotFound, "the model has no attention part", path);
  FOVEA_TRY(AttentionPart part, open_attention(path, record, precision, Obey::kTheCaller));
  return scorer_of(std::move(part), record, with_overrides(record, overrides));
}

}  // namespace fovea::serve
