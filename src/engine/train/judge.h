// From raw scores to answers: calibration, outside, sureness and the mixture of both rungs, in one place, so that
// training measures exactly what serving does.
// Journey: fitted by train_run, kept in the manifest, used by serve's scorers and by `fovea models eval`.
// Threads: any; a plain value.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/train/calibrate.h"
#include "engine/train/metrics.h"
#include "engine/train/threshold.h"

namespace fovea::train {

struct Judge {
  uint32_t outside_label = UINT32_MAX;  // the label that means outside; none
  double linear_temperature = 1, attention_temperature = 1;
  Mixture mixture;  // first: linear
  double linear_strength_min = -INFINITY, attention_strength_min = -INFINITY;
  double hand_over = 0;                                    // a linear probability below it is handed on by the cascade
  double linear_min = 0, attention_min = 0, both_min = 0;  // sure from here on
  double margin_min = 0;
  bool reject_outside = true;  // what looks like outside is never sure

  // `log_probabilities` [labels] is filled with the rung's own calibrated ones.
  Answer linear(std::span<const float> scores, std::span<float> log_probabilities) const;
  Answer attention(std::span<const float> logits, std::span<float> log_probabilities) const;
  // Both: `attention_log` as above; `log_probabilities` are the mixture's.
  Answer both(std::span<const float> linear_log, std::span<const float> logits, std::span<float> attention_log,
              std::span<float> log_probabilities) const;

 private:
  Answer finish(Answer answer, double probability_min, double strength_min) const;
};

// Rows that no model has learnt from, as both models score them.
struct HeldOutScores {
  size_t labels = 0;
  std::vector<uint32_t> truth;   // [rows]
  std::vector<float> linear;     // [rows, labels]
  std::vector<float> attention;  // [rows, labels], or empty
  size_t rows() const { return truth.size(); }
};

// What budgets are met with; kept in the model directory so that a flow may ask for another budget.
struct BudgetRows {
  std::vector<HeldOut> linear;     // all rows that the linear model was cross-fitted on
  std::vector<HeldOut> attention;  // the held-out rows, attention alone
  struct Both {
    HeldOut linear, both;
  };
  std::vector<Both> both;  // the held-out rows
};

constexpr double kRejectShare = 0.01;  // of the messages that belong: called outside by their strength

// Everything but the budget's thresholds. `more_linear`: further cross-fitted rows for the linear rung (may be empty).
Judge fit_judge(const HeldOutScores& scores, const HeldOutScores& more_linear, uint32_t outside_label);
BudgetRows budget_rows(const Judge& judge, const HeldOutScores& scores, const HeldOutScores& more_linear);
constexpr double kLinearBudgetShare = 0.5;  // of the budget: the linear rung's, where an attention rung follows
// The thresholds for a budget, which holds for the rungs together. The linear rung is sure only from the hand-over
// threshold on.
void set_budget(Judge& judge, const BudgetRows& rows, double error_budget);

struct Judged {
  std::vector<Answer> linear, attention, cascade;  // [rows]; attention and cascade empty without attention scores
};
Judged judge_all(const Judge& judge, const HeldOutScores& scores);
// Each half judged with what the other half taught: figures that are not flattered by their own thresholds.
Judged judge_crosswise(const HeldOutScores& scores, uint32_t outside_label, double error_budget);

}  // namespace fovea::train
