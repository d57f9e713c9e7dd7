// The rungs that need no model: an exact cache, a person, a safe default.
#pragma once

#include <list>
#include <unordered_map>

#include "decide/ladder/ladder.h"

namespace fovea::ladder {

// Remembers what models answered for the same text for `ttl`. Bounded: the entry not asked for longest goes first.
// Only answers of models are learnt: a rule, a person or a default is cheap or not to be repeated blindly.
class CacheRung final : public Rung {
 public:
  CacheRung(Nanos ttl, size_t entries_max) : ttl_(ttl), entries_max_(entries_max) {}
  std::string name() const override { return "cache"; }
  std::vector<Answer> answer(std::span<const Item> items, const Clock& clock) override;
  void learn(const Item& item, const record::Scored& scored, const Clock& clock) override;
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string digest;
    record::Prediction prediction;
    Nanos learnt;
  };
  Nanos ttl_;
  size_t entries_max_;
  std::list<Entry> entries_;  // most recently asked first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_digest_;
};

// Ends the climb at a review queue: label "" until a person answers.
class HumanRung final : public Rung {
 public:
  explicit HumanRung(std::string queue) : queue_(std::move(queue)) {}
  std::string name() const override { return "human"; }
  const std::string& queue() const { return queue_; }
  std::vector<Answer> answer(std::span<const Item> items, const Clock& clock) override;

 private:
  std::string queue_;
};

// Ends the climb with a fixed label of probability 0: it claims nothing.
class DefaultRung final : public Rung {
 public:
  explicit DefaultRung(std::string label) : label_(std::move(label)) {}
  std::string name() const override { return "default"; }
  std::vector<Answer> answer(std::span<const Item> items, const Clock& clock) override;

 private:
  std::string label_;
};

}  // namespace fovea::ladder
