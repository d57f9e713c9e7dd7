#include "door/assemble/model_rungs.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>

namespace fovea::assemble {
namespace {

constexpr size_t kAttentionGroup = 8;  // small, so that a late group costs the next ones little

// What the cheap rung said of the texts that it was unsure of, for the dear rung of the same model. One climb at a
// time.
struct Handover {
  std::unordered_map<std::string, std::vector<float>> by_text;
};

using OpenScorer = std::function<Result<std::unique_ptr<serve::Scorer>>(const std::string& precision)>;

// One rung of a trained model. Where items are to be answered as they once were, in another precision (a replay), that
// model is opened when it is first needed, beside the rung's own.
class ModelRung final : public ladder::Rung {
 public:
  ModelRung(std::unique_ptr<serve::Scorer> scorer, OpenScorer open_as, std::shared_ptr<Handover> handover, bool gives,
            size_t group)
      : scorer_(std::move(scorer)),
        open_as_(std::move(open_as)),
        handover_(std::move(handover)),
        gives_(gives),
        group_(group) {}

  std::string name() const override { return std::string(scorer_->rung_name()); }
  size_t group_max() const override { return group_; }
  Nanos estimate(std::string_view text) const override {
    return Nanos(static_cast<int64_t>(scorer_->cost_us_estimate(text) * 1000));
  }

  std::vector<ladder::Answer> answer(std::span<const ladder::Item> items, const Clock& clock) override {
    if (gives_) handover_->by_text.clear();
    std::vector<ladder::Answer> answers;
    for (size_t at = 0; at < items.size();) {
      size_t end = at + 1;
      while (end < items.size() && items[end].precision == items[at].precision) ++end;
      answer_alike(items.subspan(at, end - at), clock, answers);
      at = end;
    }
    return answers;
  }

 private:
  void answer_alike(std::span<const ladder::Item> items, const Clock& clock, std::vector<ladder::Answer>& answers) {
    const Result<serve::Scorer*> scorer = scorer_in(items.front().precision);
    if (!scorer) {
      for (size_t i = 0; i < items.size(); ++i)
        answers.push_back({ladder::Verdict::kFailed, {}, scorer.error().text()});
      return;
    }
    std::vector<serve::ScoreItem> asked;
    Nanos deadline = Nanos::max();
    for (const ladder::Item& item : items) {
      auto earlier = handover_->by_text.find(item.text_digest);
      bool known = !gives_ && earlier != handover_->by_text.end();
      asked.push_back({item.text, known ? std::span<const float>(earlier->second) : std::span<const float>()});
      deadline = std::min(deadline, item.deadline);
    }
    auto verdicts = (*scorer)->score(asked, deadline, clock);
    for (size_t i = 0; i < items.size(); ++i) answers.push_back(read(items[i], verdicts[i]));
  }

  Result<serve::Scorer*> scorer_in(const std::string& precision) {
    if (precision.empty() || precision == scorer_->precision() || scorer_->precision().empty()) return scorer_.get();
    auto other = others_.find(precision);
    if (other == others_.end()) other = others_.emplace(precision, open_as_(precision)).first;
    if (!other->second) return std::unexpected(other->second.error());
    return other->second->get();
  }

  ladder::Answer read(const ladder::Item& item, Result<serve::Verdict>& verdict) {
    if (!verdict) {
      bool late = verdict.error().code == Code::kDeadlineExceeded;
      return {late ? ladder::Verdict::kLate : ladder::Verdict::kFailed, {}, verdict.error().text()};
    }
    if (gives_ && !verdict->sure) handover_->by_text[item.text_digest] = std::move(verdict->log_probabilities);
    ladder::Verdict kind = verdict->sure                 ? ladder::Verdict::kSure
                           : verdict->prediction.outside ? ladder::Verdict::kOutside
                                                         : ladder::Verdict::kUnsure;
    return {kind, std::move(verdict->prediction), std::move(verdict->why)};
  }

  std::unique_ptr<serve::Scorer> scorer_;
  OpenScorer open_as_;
  std::map<std::string, Result<std::unique_ptr<serve::Scorer>>> others_;  // by precision; why one could not be opened
  std::shared_ptr<Handover> handover_;
  bool gives_;
  size_t group_;
};

std::vector<std::unique_ptr<ladder::Rung>> rungs_of(serve::TrainedModel model, const std::string& part,
                                                    const OpenScorer& open_as) {
  std::vector<std::unique_ptr<ladder::Rung>> rungs;
  auto handover = std::make_shared<Handover>();
  if (model.linear && part != "attention")
    rungs.push_back(std::make_unique<ModelRung>(std::move(model.linear), open_as, handover, true, SIZE_MAX));
  if (model.attention && part != "linear")
    rungs.push_back(std::make_unique<ModelRung>(std::move(model.attention), open_as, handover, false, kAttentionGroup));
  return rungs;
}

}  // namespace

Result<std::vector<std::unique_ptr<ladder::Rung>>> open_model_rungs(const file::Rung& rung, const file::Sure& sure,
                                                                    std::vector<file::Warning>& warnings) {
  if (!rung.model_is_folder) {
    return fail(Code::kUnimplemented, fmt::format("the model '{}' is a registry name", rung.model), "",
                "name the folder that `fovea train` wrote, as ./model");
  }
  serve::Sureness overrides{
      sure.error_budget, sure.min_probability, sure.min_margin,
      sure.reject_outside ? serve::Sureness::Outside::kReject : serve::Sureness::Outside::kAnswer};
  FOVEA_TRY(auto model, serve::open_model_dir(rung.model, overrides, rung.precision.empty() ? "fp32" : rung.precision));
  if (!model.ever_sure) {
    warnings.push_back({rung.model,
                        "no answer of this model keeps to the error budget, so it hands every event on: allow more "
                        "errors, as `sure: { error_budget: 10% }`, or train it on more messages"});
  }
  if (!rung.precision.empty() && !model.attention)
    return fail(Code::kFailedPrecondition, "the model has no attention part, so it has no precision", rung.model,
                "leave `precision` out, or train it with an attention model");
  if (rung.part != "linear")
    for (std::string& note : model.notes) warnings.push_back({rung.model, std::move(note)});
  auto open_as = [path = rung.model, overrides](const std::string& precision) {
    return serve::open_attention_as(path, overrides, precision);
  };
  auto rungs = rungs_of(std::move(model), rung.part, open_as);
  if (rungs.empty())
    return fail(Code::kNotFound, fmt::format("the model has no part '{}'", rung.part), rung.model,
                "train it with an attention model, or leave the part out");
  return rungs;
}

}  // namespace fovea::assemble
