#include "serve/attention_scorer.h"

#include <algorithm>

#include "serve/limits.h"
#include "serve/verdict_text.h"

namespace fovea::serve {
namespace {

std::vector<record::Focus> strongest(const std::vector<train::FocusSpan>& focus) {
  std::vector<record::Focus> out;
  for (const train::FocusSpan& f : focus) out.push_back({f.begin, f.end, f.weight});
  std::stable_sort(out.begin(), out.end(),
                   [](const record::Focus& a, const record::Focus& b) { return a.weight > b.weight; });
  if (out.size() > kFocusKept) out.resize(kFocusKept);
  return out;
}

}  // namespace

double AttentionScorer::cost_us_estimate(std::string_view text) const {
  return cost_.us(std::min(text.size(), kTextBytesMax));
}

Verdict AttentionScorer::judge_one(const ScoreItem& item, std::span<const float> logits,
                                   const std::vector<train::FocusSpan>& focus) const {
  std::vector<float> own(labels_.size()), shown(labels_.size());
  train::Answer answer;
  double probability_min = judge_.attention_min;
  if (item.earlier.size() == labels_.size()) {
    answer = judge_.both(item.earlier, logits, own, shown);
    probability_min = judge_.both_min;
  } else {
    answer = judge_.attention(logits, own);
    shown = own;
  }
  Verdict verdict = make_verdict(answer, shown, labels_, digest_);
  verdict.why = why_unsure(answer, judge_, probability_min);
  verdict.prediction.precision = model_->precision();
  verdict.prediction.focus = strongest(focus);
  verdict.log_probabilities = std::move(own);
  return verdict;
}

void AttentionScorer::score_group(std::span<const ScoreItem> group, Nanos deadline, const Clock& clock,
                                  std::vector<Result<Verdict>>& out) {
  std::vector<std::string_view> texts;
  double expected = 0;
  for (const ScoreItem& item : group) {
    texts.push_back(item.text.substr(0, kTextBytesMax));
    expected += cost_.uncorrected_us(texts.back().size());
  }
  std::vector<std::vector<train::FocusSpan>> focus;
  train::AttentionRun how;
  how.focus = &focus;
  how.before_layer = [&]() -> Result<void> {
    if (clock.steady() < deadline) return {};
    return fail(Code::kDeadlineExceeded, "the deadline passed while the attention model ran");
  };
  Nanos start = clock.steady();
  Result<std::vector<float>> logits = model_->score(texts, scratch_, how);
  if (!logits) {
    for (size_t i = 0; i < group.size(); ++i) out.push_back(std::unexpected(logits.error()));
    return;
  }
  cost_.learn(expected, std::chrono::duration<double, std::micro>(clock.steady() - start).count());
  for (size_t i = 0; i < group.size(); ++i) {
    out.push_back(judge_one(group[i], std::span(*logits).subspan(i * labels_.size(), labels_.size()), focus[i]));
  }
}

std::vector<Result<Verdict>> AttentionScorer::score(std::span<const ScoreItem> items, Nanos deadline,
                                                    const Clock& clock) {
  std::vector<Result<Verdict>> out;
  out.reserve(items.size());
  for (size_t at = 0; at < items.size();) {
    size_t count = 0, bytes = 0;
    while (at + count < items.size() && count < kGroupTexts) {
      bytes += std::min(items[at + count].text.size(), kTextBytesMax);
      if (count > 0 && bytes > kGroupBytes) break;
      ++count;
    }
    score_group(items.subspan(at, count), deadline, clock, out);
    at += count;
  }
  return out;
}

}  // namespace fovea::serve
