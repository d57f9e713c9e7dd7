#include "serve/inference/measure_texts.h"

#include <gtest/gtest.h>

#include "serve/inference/timed_backend_test.h"

namespace fovea::inference {
namespace {

using schedule::CostModel;
using schedule::GroupWork;

const CostModel kTruth(350e3, 254e3, 92, 2.7e6);  // of a model whose weights do not stay in a cache

bool never() {
  return false;
}

// Whatever the length: what a first estimate promises is kept.
TEST(MeasureTexts, TheEstimateIsQuickAndCautious) {
  for (const CostModel& truth : {kTruth, CostModel(50e3, 172e3, 140), CostModel(0, 1e3, 0)}) {
    VirtualClock clock(TimePoint{});
    const TimedBackend backend(&clock, truth);
    const CostModel said = estimate_texts(backend, virtual_watch(clock)).value();
    EXPECT_EQ(backend.runs, 4);
    for (int64_t tokens : {1, 3, 8, 24, 64, 128, 256, 512}) {
      EXPECT_GE(said.cautious_ns(GroupWork::of(tokens)), truth.expected_ns(GroupWork::of(tokens))) << tokens;
      EXPECT_LE(said.expected_ns(GroupWork::of(tokens)),
                2 * truth.expected_ns(GroupWork::of(std::max<int64_t>(tokens, 8))))
          << tokens;
    }
  }
}

TEST(MeasureTexts, ShortModelsAreTriedWithWhatTheyRead) {
  VirtualClock clock(TimePoint{});
  const TimedBackend backend(&clock, kTruth, 5);
  EXPECT_GT(estimate_texts(backend, virtual_watch(clock)).value().expected_ns(GroupWork::of(5)), 2.6e6);
  EXPECT_TRUE(measure_texts(backend, virtual_watch(clock), never));
}

TEST(MeasureTexts, TheGridFindsWhatMadeIt) {
  VirtualClock clock(TimePoint{});
  const TimedBackend backend(&clock, kTruth);
  const CostModel said = measure_texts(backend, virtual_watch(clock), never).value();
  for (int64_t tokens : {3, 24, 64, 256, 512})
    EXPECT_NEAR(said.expected_ns(GroupWork::of(tokens)) / kTruth.expected_ns(GroupWork::of(tokens)), 1, 0.03) << tokens;
}

TEST(MeasureTexts, WhatIsNeverMeasuredTwiceAlikeSaysNothing) {
  VirtualClock clock(TimePoint{});
  TimedBackend backend(&clock, CostModel(0, 1e3, 0));
  backend.jumps = true;
  EXPECT_EQ(measure_texts(backend, virtual_watch(clock), never).error().code, Code::kUnavailable);
  EXPECT_LT(backend.runs, 100) << "and ends";
}

TEST(MeasureTexts, StopsBetweenShapes) {
  VirtualClock clock(TimePoint{});
  const TimedBackend backend(&clock, kTruth);
  EXPECT_EQ(measure_texts(backend, virtual_watch(clock), [&] { return backend.runs >= 6; }).error().code,
            Code::kCancelled);
  EXPECT_EQ(backend.runs, 6);
}

// A thread that seldom gets a processor measures nothing but that.
TEST(MeasureTexts, DisturbedRunsAreNotBelieved) {
  VirtualClock clock(TimePoint{});
  const TimedBackend backend(&clock, kTruth);
  const Stopwatch hindered{clock, [&clock] { return 1e-11 * static_cast<double>(clock.steady().count()); }};
  EXPECT_EQ(measure_texts(backend, hindered, never).error().code, Code::kUnavailable);
  EXPECT_TRUE(estimate_texts(backend, hindered)) << "better than nothing";
}

}  // namespace
}  // namespace fovea::inference
