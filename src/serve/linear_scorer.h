// The linear rung: microseconds a text.
#pragma once

#include "engine/models/linear.h"
#include "engine/train/judge.h"
#include "serve/cost_meter.h"
#include "serve/scorer.h"

namespace fovea::serve {

class LinearScorer final : public Scorer {
 public:
  LinearScorer(models::LinearModel model, const train::Judge& judge, std::vector<std::string> labels,
               const train::CostFit& cost, std::string digest)
      : model_(std::move(model)), judge_(judge), labels_(std::move(labels)), cost_(cost), digest_(std::move(digest)) {}

  std::string_view rung_name() const override { return "linear"; }
  const std::string& model_digest() const override { return digest_; }
  std::string_view precision() const override { return {}; }
  double cost_us_estimate(std::string_view text) const override;
  std::vector<Result<Verdict>> score(std::span<const ScoreItem> items, Nanos deadline, const Clock& clock) override;

 private:
  models::LinearModel model_;
  models::LinearScratch scratch_;
  train::Judge judge_;
  std::vector<std::string> labels_;
  CostMeter cost_;
  std::string digest_;
};

}  // namespace fovea::serve
