#include "engine/train/judge.h"

#include <algorithm>
#include <cmath>

namespace fovea::train {
namespace {

float largest(std::span<const float> values) {
  return *std::max_element(values.begin(), values.end());
}

std::span<const float> row_of(const std::vector<float>& scores, size_t row, size_t labels) {
  return std::span(scores).subspan(row * labels, labels);
}

std::vector<float> softened(const std::vector<float>& scores, double temperature, size_t labels) {
  std::vector<float> out(scores.size());
  for (size_t at = 0; at < scores.size(); at += labels) {
    log_softmax(std::span(scores).subspan(at, labels), temperature, std::span(out).subspan(at, labels));
  }
  return out;
}

// The strengths of the rows that belong to a label other than the one that means outside.
std::vector<float> strengths_inside(const std::vector<float>& scores, const HeldOutScores& of, uint32_t outside) {
  std::vector<float> out;
  for (size_t i = 0; i < of.rows(); ++i) {
    if (of.truth[i] != outside && of.truth[i] < of.labels) out.push_back(largest(row_of(scores, i, of.labels)));
  }
  return out;
}

HeldOutScores joined(const HeldOutScores& a, const HeldOutScores& b) {  // the linear part
  HeldOutScores out{a.labels, a.truth, a.linear, {}};
  out.truth.insert(out.truth.end(), b.truth.begin(), b.truth.end());
  out.linear.insert(out.linear.end(), b.linear.begin(), b.linear.end());
  return out;
}

HeldOutScores picked(const HeldOutScores& all, size_t half) {
  HeldOutScores out;
  out.labels = all.labels;
  for (size_t i = half; i < all.rows(); i += 2) {
    out.truth.push_back(all.truth[i]);
    auto linear = row_of(all.linear, i, all.labels);
    out.linear.insert(out.linear.end(), linear.begin(), linear.end());
    if (all.attention.empty()) continue;
    auto attention = row_of(all.attention, i, all.labels);
    out.attention.insert(out.attention.end(), attention.begin(), attention.end());
  }
  return out;
}

}  // namespace

Answer Judge::finish(Answer answer, double probability_min, double strength_min) const {
  answer.outside = answer.label == outside_label || answer.strength < strength_min;
  answer.sure =
      answer.probability >= probability_min && answer.margin >= margin_min && !(answer.outside && reject_outside);
  return answer;
}

Answer Judge::linear(std::span<const float> scores, std::span<float> log_probabilities) const {
  log_softmax(scores, linear_temperature, log_probabilities);
  return finish(make_answer(log_probabilities, largest(scores)), linear_min, linear_strength_min);
}

Answer Judge::attention(std::span<const float> logits, std::span<float> log_probabilities) const {
  log_softmax(logits, attention_temperature, log_probabilities);
  return finish(make_answer(log_probabilities, largest(logits)), attention_min, attention_strength_min);
}

Answer Judge::both(std::span<const float> linear_log, std::span<const float> logits, std::span<float> attention_log,
                   std::span<float> log_probabilities) const {
  log_softmax(logits, attention_temperature, attention_log);
  mix(mixture, linear_log, attention_log, log_probabilities);
  return finish(make_answer(log_probabilities, largest(logits)), both_min, attention_strength_min);
}

Judge fit_judge(const HeldOutScores& scores, const HeldOutScores& more_linear, uint32_t outside_label) {
  Judge judge;
  judge.outside_label = outside_label;
  HeldOutScores linear = joined(scores, more_linear);
  judge.linear_temperature = fit_temperature(linear.linear, linear.truth, linear.labels);
  judge.linear_strength_min = strength_threshold(strengths_inside(linear.linear, linear, outside_label), kRejectShare);
  if (scores.attention.empty()) return judge;
  judge.attention_temperature = fit_temperature(scores.attention, scores.truth, scores.labels);
  judge.attention_strength_min =
      strength_threshold(strengths_inside(scores.attention, scores, outside_label), kRejectShare);
  judge.mixture =
      fit_mixture(softened(scores.linear, judge.linear_temperature, scores.labels),
                  softened(scores.attention, judge.attention_temperature, scores.labels), scores.truth, scores.labels);
  std::vector<Pair> pairs;
  for (const BudgetRows::Both& row : budget_rows(judge, scores, {}).both) {
    pairs.push_back({row.linear.probability, row.linear.right, row.both.right});
  }
  judge.hand_over = hand_over_threshold(pairs, kHandOverShareMax);
  return judge;
}

BudgetRows budget_rows(const Judge& judge, const HeldOutScores& scores, const HeldOutScores& more_linear) {
  BudgetRows out;
  std::vector<float> linear_log(scores.labels), attention_log(scores.labels), both_log(scores.labels);
  for (size_t i = 0; i < scores.rows(); ++i) {
    Answer linear = judge.linear(row_of(scores.linear, i, scores.labels), linear_log);
    HeldOut seen{linear.probability, linear.label == scores.truth[i]};
    out.linear.push_back(seen);
    if (scores.attention.empty()) continue;
    auto logits = row_of(scores.attention, i, scores.labels);
    Answer attention = judge.attention(logits, attention_log);
    out.attention.push_back({attention.probability, attention.label == scores.truth[i]});
    Answer both = judge.both(linear_log, logits, attention_log, both_log);
    out.both.push_back({seen, {both.probability, both.label == scores.truth[i]}});
  }
  for (size_t i = 0; i < more_linear.rows(); ++i) {
    Answer linear = judge.linear(row_of(more_linear.linear, i, more_linear.labels), linear_log);
    out.linear.push_back({linear.probability, linear.label == more_linear.truth[i]});
  }
  return out;
}

void set_budget(Judge& judge, const BudgetRows& rows, double error_budget) {
  // A linear rung that spent the whole budget by itself would leave the dearer rung nothing that it could answer.
  double linear_budget = rows.both.empty() ? error_budget : error_budget * kLinearBudgetShare;
  judge.linear_min = std::max(threshold_for_budget(rows.linear, linear_budget).min_probability, judge.hand_over);
  judge.attention_min = threshold_for_budget(rows.attention, error_budget).min_probability;
  std::vector<HeldOut> before, after;
  for (const BudgetRows::Both& row : rows.both) {
    if (row.linear.probability >= judge.linear_min) {
      before.push_back(row.linear);
    } else {
      after.push_back(row.both);
    }
  }
  judge.both_min = threshold_for_budget(after, error_budget, before).min_probability;
}

Judged judge_all(const Judge& judge, const HeldOutScores& scores) {
  Judged out;
  std::vector<float> linear_log(scores.labels), attention_log(scores.labels), both_log(scores.labels);
  for (size_t i = 0; i < scores.rows(); ++i) {
    Answer linear = judge.linear(row_of(scores.linear, i, scores.labels), linear_log);
    out.linear.push_back(linear);
    if (scores.attention.empty()) continue;
    auto logits = row_of(scores.attention, i, scores.labels);
    out.attention.push_back(judge.attention(logits, attention_log));
    if (linear.probability >= judge.hand_over) {
      // The ladder goes on where the linear rung is not sure; the label stays the linear one's here.
      Answer both = judge.both(linear_log, logits, attention_log, both_log);
      linear.sure = linear.sure || (both.sure && both.label == linear.label);
      out.cascade.push_back(linear);
    } else {
      Answer both = judge.both(linear_log, logits, attention_log, both_log);
      both.handed_on = true;
      out.cascade.push_back(both);
    }
  }
  return out;
}

Judged judge_crosswise(const HeldOutScores& scores, uint32_t outside_label, double error_budget) {
  Judged out;
  out.linear.resize(scores.rows());
  if (!scores.attention.empty()) out.attention.resize(scores.rows()), out.cascade.resize(scores.rows());
  for (size_t half = 0; half < 2; ++half) {
    HeldOutScores teach = picked(scores, 1 - half), look = picked(scores, half);
    Judge judge = fit_judge(teach, {}, outside_label);
    set_budget(judge, budget_rows(judge, teach, {}), error_budget);
    Judged part = judge_all(judge, look);
    for (size_t i = 0; i < look.rows(); ++i) {
      out.linear[half + 2 * i] = part.linear[i];
      if (scores.attention.empty()) continue;
      out.attention[half + 2 * i] = part.attention[i];
      out.cascade[half + 2 * i] = part.cascade[i];
    }
  }
  return out;
}

}  // namespace fovea::train
