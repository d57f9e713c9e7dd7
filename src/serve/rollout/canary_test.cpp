#include "serve/rollout/canary.h"

#include <gtest/gtest.h>

namespace fovea::rollout {
namespace {

using namespace std::chrono_literals;

class CanaryTest : public ::testing::Test {
 protected:
  CanaryTest() {
    plan_.version = "candidate";
    plan_.steps = {0.1, 0.5, 1};
    plan_.every = 10min;
    plan_.gate = {.samples = 100, .errors = 0.05};
  }
  static void answer(Canary& canary, int count, int failed = 0, Nanos took = 10ms, Nanos primary = 10ms) {
    for (int i = 0; i < count; ++i) {
      canary.note(true, i < failed, took);
      canary.note(false, false, primary);
    }
  }
  bool judge(Canary& canary, const std::string& target = "2 abc", uint64_t compared = 0, double agreement = 0) {
    return canary.judge(target, compared, agreement, now_, {now_.count()});
  }
  bool later(Canary& canary, uint64_t compared = 0, double agreement = 0) {
    now_ += 10min;
    return judge(canary, "2 abc", compared, agreement);
  }

  CanaryPlan plan_;
  Nanos now_ = 1h;
};

TEST_F(CanaryTest, GoesStepByStepAndIsPromoted) {
  Canary canary(plan_, "m");
  EXPECT_EQ(canary.state().state, "waiting");
  EXPECT_TRUE(judge(canary));
  EXPECT_EQ(canary.state().share, 0.1);
  answer(canary, 200);
  EXPECT_FALSE(judge(canary)) << "enough answers, not enough time";
  EXPECT_TRUE(later(canary));
  EXPECT_EQ(canary.state().step, 2u);
  EXPECT_EQ(canary.state().share, 0.5);
  answer(canary, 99);
  EXPECT_FALSE(later(canary)) << "enough time, not enough answers";
  answer(canary, 1, 1);
  EXPECT_TRUE(judge(canary)) << "1 % failed, 5 % may";
  answer(canary, 100);
  EXPECT_TRUE(later(canary));
  EXPECT_EQ(canary.state().state, "promoted");
  EXPECT_TRUE(canary.promoted());
  EXPECT_TRUE(canary.takes("anything"));
  EXPECT_EQ(canary.state().events.size(), 4u);
  EXPECT_NE(canary.state().events.back().find("promoted: 2 abc"), std::string::npos);
}

TEST_F(CanaryTest, IsRolledBackAtOnceWhereAnswersFail) {
  Canary canary(plan_, "m");
  judge(canary);
  answer(canary, 19, 19);
  EXPECT_FALSE(judge(canary)) << "too few to tell";
  answer(canary, 1, 1);
  EXPECT_TRUE(judge(canary));
  EXPECT_EQ(canary.state().state, "rolled back");
  EXPECT_FALSE(canary.takes("anything"));
  EXPECT_NE(canary.state().events.back().find("100 % of answers failed"), std::string::npos);
  EXPECT_FALSE(later(canary)) << "and stays so";
  EXPECT_TRUE(judge(canary, "3 def")) << "until it is another version";
  EXPECT_EQ(canary.state().share, 0.1);
}

TEST_F(CanaryTest, IsRolledBackWhereItIsSlowerOrDisagrees) {
  plan_.gate.p99_ratio = 1.5;
  Canary slow(plan_, "m");
  judge(slow);
  answer(slow, 100, 0, 20ms, 10ms);
  EXPECT_TRUE(later(slow));
  EXPECT_NE(slow.state().events.back().find("times the primary's"), std::string::npos);
  plan_.gate = {.samples = 100, .errors = 0.05, .p99 = 15ms};
  Canary late(plan_, "m");
  judge(late);
  answer(late, 100, 0, 20ms);
  EXPECT_TRUE(later(late));
  EXPECT_EQ(late.state().state, "rolled back");
  plan_.gate = {.samples = 100, .errors = 0.05, .agreement = 0.98};
  Canary other(plan_, "m");
  judge(other);
  answer(other, 100);
  EXPECT_FALSE(later(other, 99, 0.5)) << "too few compared";
  EXPECT_TRUE(later(other, 100, 0.97));
  EXPECT_NE(other.state().events.back().find("97 % of 100 compared"), std::string::npos);
  Canary same(plan_, "m");
  judge(same);
  answer(same, 100);
  EXPECT_TRUE(later(same, 100, 0.98));
  EXPECT_EQ(same.state().step, 2u);
}

TEST_F(CanaryTest, ItsStateSurvives) {
  Canary canary(plan_, "m");
  judge(canary);
  answer(canary, 100);
  later(canary);
  Canary again(plan_, "m");
  ASSERT_TRUE(again.restore(canary.save()));
  EXPECT_FALSE(again.takes("anything")) << "nothing serves yet";
  EXPECT_FALSE(judge(again));
  EXPECT_EQ(again.state().step, 2u);
  EXPECT_EQ(again.state().share, 0.5);
  answer(again, 100);
  EXPECT_TRUE(later(again));
  EXPECT_EQ(again.state().step, 3u);
  for (const char* text :
       {"{}", R"({"state":"flying","step":0,"events":[]})", R"({"state":"running","step":-1,"events":[]})"})
    EXPECT_EQ(again.restore(parse_json(text).value()).error().code, Code::kDataLoss) << text;
}

TEST_F(CanaryTest, WithoutItsVersionNothingGoesThere) {
  Canary canary(plan_, "m");
  judge(canary);
  judge(canary, "");
  EXPECT_EQ(canary.state().state, "waiting");
  EXPECT_EQ(canary.state().share, 0);
  judge(canary);
  EXPECT_EQ(canary.state().share, 0.1);
}

}  // namespace
}  // namespace fovea::rollout
