#include "decide/ladder/ladder.h"

#include <gtest/gtest.h>

#include "decide/ladder/rungs.h"

namespace fovea::ladder {
namespace {

using std::chrono::milliseconds;

// Says what it was told to, and takes its time on the virtual clock.
class StubRung final : public Rung {
 public:
  StubRung(std::string name, VirtualClock& clock, Verdict verdict, Nanos takes, Nanos says_it_takes,
           size_t group = SIZE_MAX)
      : name_(std::move(name)), clock_(clock), verdict_(verdict), takes_(takes), says_(says_it_takes), group_(group) {}
  std::string name() const override { return name_; }
  size_t group_max() const override { return group_; }
  Nanos estimate(std::string_view) const override { return says_; }
  std::vector<Answer> answer(std::span<const Item> items, const Clock&) override {
    clock_.advance(takes_);
    asked_ += items.size();
    Answer answer{verdict_, {}, "stub"};
    answer.prediction.label = name_ + "-label";
    answer.prediction.model = "m";
    return std::vector<Answer>(items.size(), answer);
  }
  size_t asked_ = 0;

 private:
  std::string name_;
  VirtualClock& clock_;
  Verdict verdict_;
  Nanos takes_, says_;
  size_t group_;
};

struct Tower {
  VirtualClock clock{TimePoint{0}};
  std::vector<std::unique_ptr<Rung>> rungs;
  void add(std::string name, Verdict verdict, Nanos takes = Nanos(0), Nanos says = Nanos(0), size_t group = SIZE_MAX) {
    rungs.push_back(std::make_unique<StubRung>(std::move(name), clock, verdict, takes, says, group));
  }
  std::vector<record::Scored> climb(size_t n, Nanos deadline = milliseconds(100)) {
    std::vector<Item> items(n);
    for (size_t i = 0; i < n; ++i) items[i] = {"text", "digest", nullptr, clock.steady() + deadline};
    return ladder::climb(rungs, items, "intent", clock);
  }
};

TEST(Ladder, StopsAtTheFirstSureRung) {
  Tower t;
  t.add("linear", Verdict::kUnsure);
  t.add("attention", Verdict::kSure);
  t.add("default", Verdict::kSure);
  auto scored = t.climb(3);
  for (const auto& s : scored) {
    EXPECT_EQ(s.rung, "attention");
    EXPECT_EQ(s.prediction.label, "attention-label");
    ASSERT_EQ(s.attempts.size(), 2u);
    EXPECT_EQ(s.attempts[0].outcome, "unsure");
  }
  EXPECT_EQ(static_cast<StubRung&>(*t.rungs[2]).asked_, 0u);
}

TEST(Ladder, ALateAnswerIsNotTaken) {
  Tower t;
  t.add("slow", Verdict::kSure, milliseconds(150));
  t.add("default", Verdict::kSure);
  auto scored = t.climb(1);
  EXPECT_EQ(scored[0].rung, "default");
  EXPECT_EQ(scored[0].attempts[0].outcome, "late");
  EXPECT_EQ(scored[0].attempts[0].spent_us, 150'000);
}

TEST(Ladder, ARungThatCannotMakeItIsSkipped) {
  Tower t;
  t.add("dear", Verdict::kSure, milliseconds(1), milliseconds(101));
  t.add("default", Verdict::kSure);
  auto scored = t.climb(1);
  EXPECT_EQ(scored[0].attempts[0].outcome, "skipped");
  EXPECT_EQ(static_cast<StubRung&>(*t.rungs[0]).asked_, 0u);
}

TEST(Ladder, WhatOneGroupSpendsIsMissingForTheNext) {
  Tower t;
  t.add("attention", Verdict::kSure, milliseconds(40), milliseconds(40), 1);
  t.add("default", Verdict::kSure);
  auto scored = t.climb(4);
  EXPECT_EQ(scored[0].rung, "attention");
  EXPECT_EQ(scored[1].rung, "attention");
  EXPECT_EQ(scored[2].rung, "default");
  EXPECT_EQ(scored[3].rung, "default");
}

TEST(Ladder, AFailureStepsDown) {
  Tower t;
  t.add("broken", Verdict::kFailed);
  t.rungs.push_back(std::make_unique<HumanRung>("tier1"));
  auto scored = t.climb(1);
  EXPECT_EQ(scored[0].rung, "human");
  EXPECT_EQ(scored[0].prediction.label, "");
}

// Notes in which precision it is asked to answer; answers in that, or in its own.
class PreciseRung final : public Rung {
 public:
  PreciseRung(std::string name, Verdict verdict, std::string own)
      : name_(std::move(name)), verdict_(verdict), own_(std::move(own)) {}
  std::string name() const override { return name_; }
  std::vector<Answer> answer(std::span<const Item> items, const Clock&) override {
    std::vector<Answer> answers(items.size(), {verdict_, {}, ""});
    for (size_t i = 0; i < items.size(); ++i) {
      answers[i].prediction.model = "m";
      answers[i].prediction.precision = items[i].precision.empty() ? own_ : items[i].precision;
    }
    return answers;
  }

 private:
  std::string name_;
  Verdict verdict_;
  std::string own_;
};

TEST(Ladder, WhatIsAnsweredAgainIsAnsweredInThePrecisionOfThen) {
  VirtualClock clock{TimePoint{0}};
  std::vector<std::unique_ptr<Rung>> rungs;
  rungs.push_back(std::make_unique<PreciseRung>("linear", Verdict::kUnsure, ""));
  rungs.push_back(std::make_unique<PreciseRung>("attention", Verdict::kUnsure, "int8"));
  rungs.push_back(std::make_unique<PreciseRung>("attention", Verdict::kSure, "fp32"));
  std::vector<Item> items(2, {"text", "digest", nullptr, Nanos::max()});
  const auto first = climb(rungs, items, "intent", clock);
  EXPECT_EQ(first[0].prediction.precision, "fp32");
  EXPECT_EQ(first[0].attempts[0].precision, "");
  EXPECT_EQ(first[0].attempts[1].precision, "int8");
  rungs[1] = std::make_unique<PreciseRung>("attention", Verdict::kUnsure, "bf16");  // the gate has changed its mind
  items[1].before = &first[1];
  const auto second = climb(rungs, items, "intent", clock);
  EXPECT_EQ(second[0].attempts[1].precision, "bf16");
  EXPECT_EQ(second[1].attempts[1].precision, "int8");
  EXPECT_EQ(second[1].prediction.precision, "fp32");
}

TEST(Ladder, WhatTheCacheGaveIsAskedOfTheModelInThePrecisionOfTheEntry) {
  VirtualClock clock{TimePoint{0}};
  std::vector<std::unique_ptr<Rung>> rungs;
  rungs.push_back(std::make_unique<CacheRung>(std::chrono::hours(1), 10));
  rungs.push_back(std::make_unique<PreciseRung>("attention", Verdict::kSure, "int8"));
  std::vector<Item> items(1, {"text", "digest", nullptr, Nanos::max()});
  climb(rungs, items, "intent", clock);
  const auto cached = climb(rungs, items, "intent", clock);
  ASSERT_EQ(cached[0].rung, "cache");
  EXPECT_EQ(cached[0].prediction.precision, "int8");
  rungs[0] = std::make_unique<CacheRung>(std::chrono::hours(1), 10);
  rungs[1] = std::make_unique<PreciseRung>("attention", Verdict::kSure, "fp32");
  items[0].before = &cached[0];
  EXPECT_EQ(climb(rungs, items, "intent", clock)[0].prediction.precision, "int8");
}

TEST(CacheRung, AnswersWhatAModelSaidUntilItIsOld) {
  Tower t;
  t.rungs.push_back(std::make_unique<CacheRung>(std::chrono::seconds(1), 10));
  t.add("linear", Verdict::kSure);
  t.rungs.push_back(std::make_unique<DefaultRung>("other"));
  EXPECT_EQ(t.climb(1)[0].rung, "linear");
  auto again = t.climb(1);
  EXPECT_EQ(again[0].rung, "cache");
  EXPECT_EQ(again[0].prediction.label, "linear-label");
  t.clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(t.climb(1)[0].rung, "linear");
}

TEST(CacheRung, HoldsNoMoreThanItsLimitAndForgetsTheOldest) {
  VirtualClock clock{TimePoint{0}};
  CacheRung cache(std::chrono::hours(1), 2);
  record::Scored scored;
  scored.prediction.model = "m";
  for (std::string digest : {"a", "b", "c"}) cache.learn({"", digest, nullptr, Nanos(0)}, scored, clock);
  EXPECT_EQ(cache.size(), 2u);
  std::vector<Item> asked = {{"", "a", nullptr, Nanos(0)}, {"", "c", nullptr, Nanos(0)}};
  auto answers = cache.answer(asked, clock);
  EXPECT_EQ(answers[0].verdict, Verdict::kMissed);
  EXPECT_EQ(answers[1].verdict, Verdict::kSure);
}

TEST(CacheRung, LearnsNothingFromRulesPeopleAndDefaults) {
  VirtualClock clock{TimePoint{0}};
  CacheRung cache(std::chrono::hours(1), 2);
  cache.learn({"", "a", nullptr, Nanos(0)}, record::Scored{}, clock);
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace fovea::ladder
