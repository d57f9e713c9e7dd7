// The attention rung: milliseconds a text, with the focus map. Given the linear rung's log-probabilities, it answers
// with the calibrated mixture of both.
#pragma once

#include <memory>

#include "engine/train/attention_model.h"
#include "engine/train/judge.h"
#include "serve/cost_meter.h"
#include "serve/scorer.h"

namespace fovea::serve {

class AttentionScorer final : public Scorer {
 public:
  // `speed`: how many times as fast as the model that `cost` was fitted to.
  AttentionScorer(std::unique_ptr<train::AttentionModel> model, const train::Judge& judge,
                  std::vector<std::string> labels, const train::CostFit& cost, double speed, std::string digest)
      : model_(std::move(model)),
        judge_(judge),
        labels_(std::move(labels)),
        cost_(cost, 1 / speed),
        digest_(std::move(digest)) {}

  std::string_view rung_name() const override { return "attention"; }
  const std::string& model_digest() const override { return digest_; }
  std::string_view precision() const override { return model_->precision(); }
  double cost_us_estimate(std::string_view text) const override;
  std::vector<Result<Verdict>> score(std::span<const ScoreItem> items, Nanos deadline, const Clock& clock) override;

 private:
  void score_group(std::span<const ScoreItem> group, Nanos deadline, const Clock& clock,
                   std::vector<Result<Verdict>>& out);
  Verdict judge_one(const ScoreItem& item, std::span<const float> logits,
                    const std::vector<train::FocusSpan>& focus) const;

  std::unique_ptr<train::AttentionModel> model_;
  train::AttentionScratch scratch_;
  train::Judge judge_;
  std::vector<std::string> labels_;
  CostMeter cost_;
  std::string digest_;
};

}  // namespace fovea::serve
