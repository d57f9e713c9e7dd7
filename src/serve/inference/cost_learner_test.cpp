#include "serve/inference/cost_learner.h"

#include <gtest/gtest.h>

#include <future>
#include <map>

#include "serve/inference/timed_backend_test.h"

namespace fovea::inference {
namespace {

using schedule::CostModel;
using schedule::GroupWork;

TEST(CostLearner, LearnsOneModelAfterTheOther) {
  VirtualClock clock(TimePoint{});
  std::promise<void> all;
  std::map<uint32_t, CostModel> learnt;
  CostLearner learner(virtual_watch(clock), [&](uint32_t model, const CostModel& cost) {
    learnt[model] = cost;
    if (learnt.size() == 2) all.set_value();
  });
  const auto first = std::make_shared<TimedBackend>(&clock, CostModel(0, 1000, 0));
  const auto second = std::make_shared<TimedBackend>(&clock, CostModel(0, 5000, 0));
  learner.learn(1, first);
  learner.learn(2, second);
  ASSERT_EQ(all.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_NEAR(learnt[1].expected_ns(GroupWork::of(100)), 100e3, 2e3);
  EXPECT_NEAR(learnt[2].expected_ns(GroupWork::of(100)), 500e3, 10e3);
}

TEST(CostLearner, ABackendThatThrowsIsLeftAsItWasAndTheNextIsLearnt) {
  VirtualClock clock(TimePoint{});
  std::promise<uint32_t> first;
  CostLearner learner(virtual_watch(clock), [&](uint32_t model, const CostModel&) { first.set_value(model); });
  const auto bad = std::make_shared<TimedBackend>(&clock, CostModel(0, 1000, 0));
  bad->throws = true;
  const auto good = std::make_shared<TimedBackend>(&clock, CostModel(0, 5000, 0));
  learner.learn(1, bad);
  learner.learn(2, good);
  auto learnt = first.get_future();
  ASSERT_EQ(learnt.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_EQ(learnt.get(), 2u);
}

TEST(CostLearner, KeepsNoModelAliveAndEndsWithWorkLeft) {
  VirtualClock clock(TimePoint{});
  int told = 0;
  auto gone = std::make_shared<TimedBackend>(&clock, CostModel(0, 1000, 0));
  {
    CostLearner learner(virtual_watch(clock), [&](uint32_t model, const CostModel&) { told += model == 7; });
    std::weak_ptr<const Backend> weak = gone;
    gone.reset();
    learner.learn(7, weak);
  }
  EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace fovea::inference
