// What a group costs one worker before it is run: fixed + Σ (per_token * L + per_square * L²) nanoseconds, at least
// `least` (what reading the weights once takes); fitted at warm-up over a grid of lengths, corrected by what groups
// then take. Journey: the scheduler asks at admission and when it forms groups; the lane reports what a group took.
// Units: nanoseconds of one worker. Threads: one at a time.
// Errors: of fit(): kInvalidArgument without samples that say anything.
// Source: Clockwork (Gujarati et al., OSDI 2020): work whose cost is known can be promised; here tokens are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "serve/schedule/limits.h"

namespace fovea::schedule {

// The sizes of a group, which add up.
struct GroupWork {
  int64_t items = 0, tokens = 0, squares = 0;  // squares: Σ L²

  static GroupWork of(int64_t tokens) { return {1, tokens, tokens * tokens}; }
  GroupWork operator+(const GroupWork& other) const {
    return {items + other.items, tokens + other.tokens, squares + other.squares};
  }
};

struct CostSample {
  GroupWork work;
  double ns = 0;
};

class CostModel {
 public:
  CostModel() = default;  // everything is free: for a model without cost (the null model)
  CostModel(double fixed_ns, double per_token_ns, double per_square_ns, double least_ns = 0)
      : fixed_(fixed_ns), per_token_(per_token_ns), per_square_(per_square_ns), least_(least_ns) {}
  // Least squares of the relative error, no coefficient under zero; `least` where it explains the shortest better.
  static Result<CostModel> fit(std::span<const CostSample> samples);

  double expected_ns(const GroupWork& work) const { return base_ns(work) * level_; }
  double cautious_ns(const GroupWork& work) const { return base_ns(work) * high_; }  // 99 of 100 groups take less
  // What one more request adds to a group: without the fixed cost.
  double added_ns(int64_t tokens) const;
  // Of a request in a queue, run with others: its part of the fixed cost included.
  double shared_ns(int64_t tokens, double items_per_group) const;
  // Tokens of a group beyond which a larger one saves less than 2 % of a token's time.
  int64_t group_tokens() const;

  void observe(const GroupWork& work, double ns);
  // Nothing could be observed, since too much was expected: a step back to what was fitted.
  void relax();

  double fixed_ns() const { return fixed_; }
  double per_token_ns() const { return per_token_; }
  double per_square_ns() const { return per_square_; }
  double least_ns() const { return least_; }
  double level() const { return level_; }            // measured / fitted, lately
  double caution() const { return high_ / level_; }  // cautious / expected

 private:
  double base_ns(const GroupWork& work) const {
    const double sum =
        fixed_ + per_token_ * static_cast<double>(work.tokens) + per_square_ * static_cast<double>(work.squares);
    return sum > least_ ? sum : least_;
  }
  void renew_high();

  double fixed_ = 0, per_token_ = 0, per_square_ = 0, least_ = 0;
  double level_ = 1, high_ = 1.25;
  std::array<float, kResiduals> ratios_ = {};
  size_t seen_ = 0;
};

}  // namespace fovea::schedule
