#include "serve/linear_scorer.h"

#include <algorithm>

#include "serve/limits.h"
#include "serve/verdict_text.h"

namespace fovea::serve {

double LinearScorer::cost_us_estimate(std::string_view text) const {
  return cost_.us(std::min(text.size(), kTextBytesMax));
}

std::vector<Result<Verdict>> LinearScorer::score(std::span<const ScoreItem> items, Nanos deadline, const Clock& clock) {
  std::vector<Result<Verdict>> out;
  out.reserve(items.size());
  Nanos start = clock.steady();
  double expected = 0;
  for (const ScoreItem& item : items) {
    if (clock.steady() >= deadline) {
      out.push_back(fail(Code::kDeadlineExceeded, "the deadline passed before the linear model ran"));
      continue;
    }
    std::string_view text = item.text.substr(0, kTextBytesMax);
    std::vector<float> log_probabilities(labels_.size());
    train::Answer answer = judge_.linear(model_.score(text, scratch_), log_probabilities);
    Verdict verdict = make_verdict(answer, log_probabilities, labels_, digest_);
    verdict.why = why_unsure(answer, judge_, judge_.linear_min);
    verdict.log_probabilities = std::move(log_probabilities);
    out.push_back(std::move(verdict));
    expected += cost_.uncorrected_us(text.size());
  }
  cost_.learn(expected, std::chrono::duration<double, std::micro>(clock.steady() - start).count());
  return out;
}

}  // namespace fovea::serve
