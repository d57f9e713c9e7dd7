#include "decide/ladder/rungs.h"

namespace fovea::ladder {

std::vector<Answer> CacheRung::answer(std::span<const Item> items, const Clock& clock) {
  std::vector<Answer> answers(items.size());
  Nanos now = clock.steady();
  for (size_t i = 0; i < items.size(); ++i) {
    auto found = by_digest_.find(items[i].text_digest);
    if (found == by_digest_.end()) {
      answers[i].detail = "not seen before";
    } else if (now - found->second->learnt > ttl_) {
      answers[i].detail = "seen too long ago";
      entries_.erase(found->second);
      by_digest_.erase(found);
    } else {
      entries_.splice(entries_.begin(), entries_, found->second);
      answers[i] = {Verdict::kSure, found->second->prediction, "the same text was scored before"};
    }
  }
  return answers;
}

void CacheRung::learn(const Item& item, const record::Scored& scored, const Clock& clock) {
  if (scored.prediction.model.empty() || item.text_digest.empty() || by_digest_.contains(item.text_digest)) return;
  entries_.push_front({item.text_digest, scored.prediction, clock.steady()});
  by_digest_[item.text_digest] = entries_.begin();
  if (entries_.size() > entries_max_) {
    by_digest_.erase(entries_.back().digest);
    entries_.pop_back();
  }
}

std::vector<Answer> HumanRung::answer(std::span<const Item> items, const Clock&) {
  return std::vector<Answer>(items.size(), {Verdict::kSure, {}, "waits in the queue " + queue_});
}

std::vector<Answer> DefaultRung::answer(std::span<const Item> items, const Clock&) {
  Answer answer{Verdict::kSure, {}, "the safe default"};
  answer.prediction.label = label_;
  return std::vector<Answer>(items.size(), answer);
}

}  // namespace fovea::ladder
