#include "decide/ladder/ladder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace fovea::ladder {
namespace {

int64_t micros(Nanos duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

void note(record::Scored& scored, const Rung& rung, const Answer& answer, Nanos spent) {
  scored.attempts.push_back({rung.name(), std::string(verdict_name(answer.verdict)), answer.detail, micros(spent),
                             answer.prediction.label, answer.prediction.probability, answer.prediction.precision,
                             answer.cost});
}

// In which precision the rung at `place` answered before. An answer from the cache tells of the model that gave it
// once, whichever rung that is: models of a ladder without a cache entry's rung are asked as they are.
std::string precision_before(const Item& item, size_t place) {
  if (item.before == nullptr) return {};
  const auto& attempts = item.before->attempts;
  if (place < attempts.size()) return attempts[place].precision;
  return item.before->rung == "cache" ? item.before->prediction.precision : "";
}

// Splits the waiting items into those that the rung can still answer in time and those that it cannot.
std::vector<size_t> fitting(const Rung& rung, std::span<const Item> items, std::span<const size_t> waiting, bool last,
                            std::vector<record::Scored>& results, Nanos now) {
  std::vector<size_t> fit;
  for (size_t i : waiting) {
    Nanos left = items[i].deadline - now, needed = rung.estimate(items[i].text);
    if (last || needed <= left) {
      fit.push_back(i);
      continue;
    }
    std::string detail = left.count() <= 0
                             ? "the deadline has passed"
                             : fmt::format("needs about {} us, {} us are left", micros(needed), micros(left));
    note(results[i], rung, {Verdict::kSkipped, {}, detail}, Nanos(0));
  }
  return fit;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  constexpr std::array<std::string_view, 7> kNames = {"sure",   "unsure",  "outside", "late",
                                                      "failed", "skipped", "missed"};
  return kNames[static_cast<size_t>(verdict)];
}

std::vector<record::Scored> climb(std::span<const std::unique_ptr<Rung>> rungs, std::span<const Item> items,
                                  const std::string& as, const Clock& clock) {
  FOVEA_CHECK(!rungs.empty());
  std::vector<record::Scored> results(items.size());
  std::vector<size_t> waiting(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    waiting[i] = i;
    results[i].as = as;
    results[i].text_digest = items[i].text_digest;
  }
  for (size_t r = 0; r < rungs.size() && !waiting.empty(); ++r) {
    Rung& rung = *rungs[r];
    bool last = r + 1 == rungs.size();
    std::vector<size_t> still_waiting;
    size_t at = 0;
    // Groups are formed one after another: what a group spends counts against the deadline of the next.
    while (at < waiting.size()) {
      size_t count = std::min(rung.group_max(), waiting.size() - at);
      std::span<const size_t> group(waiting.data() + at, count);
      at += count;
      Nanos start = clock.steady();
      std::vector<size_t> fit = fitting(rung, items, group, last, results, start);
      std::vector<Item> asked;
      for (size_t i : fit) {
        asked.push_back(items[i]);
        asked.back().precision = precision_before(items[i], r);
      }
      std::vector<Answer> answers = asked.empty() ? std::vector<Answer>() : rung.answer(asked, clock);
      FOVEA_CHECK(answers.size() == asked.size());
      Nanos now = clock.steady(), spent = asked.empty() ? Nanos(0) : (now - start) / static_cast<int64_t>(asked.size());
      for (size_t k = 0; k < fit.size(); ++k) {
        Answer& answer = answers[k];
        if (!last && answer.verdict == Verdict::kSure && now > items[fit[k]].deadline) {
          answer.verdict = Verdict::kLate;
          answer.detail = fmt::format("answered {} us after the deadline", micros(now - items[fit[k]].deadline));
        }
        note(results[fit[k]], rung, answer, spent);
        if (answer.verdict != Verdict::kSure) continue;
        results[fit[k]].rung = rung.name();
        results[fit[k]].prediction = std::move(answer.prediction);
      }
    }
    for (size_t i : waiting) {
      if (results[i].rung.empty()) still_waiting.push_back(i);
    }
    waiting = std::move(still_waiting);
  }
  FOVEA_CHECK(waiting.empty());
  for (size_t i = 0; i < items.size(); ++i) {
    for (const auto& rung : rungs) {
      if (rung->name() != results[i].rung) rung->learn(items[i], results[i], clock);
    }
  }
  return results;
}

}  // namespace fovea::ladder
