#include "serve/remote/day_budget.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/time_text.h"

namespace fovea::remote {
namespace {

namespace fs = std::filesystem;

struct DayBudgetTest : ::testing::Test {
  DayBudgetTest() {
    folder = fs::temp_directory_path() / ("fovea_day_budget_" + std::to_string(::getpid()));
    fs::remove_all(folder);
    fs::create_directories(folder);
    budget.money = 1.0;
    budget.state = (folder / "spent.json").string();
  }
  ~DayBudgetTest() override { fs::remove_all(folder); }
  std::unique_ptr<DayBudget> open() {
    auto made = DayBudget::open(budget, files, clock);
    EXPECT_TRUE(made) << made.error().text();
    return made ? std::move(*made) : nullptr;
  }

  fs::path folder;
  Budget budget;
  RealFiles files;
  VirtualClock clock{*parse_rfc3339("2026-11-29T12:00:00Z")};
};

TEST_F(DayBudgetTest, SpendsToTheLimitAndNotPastIt) {
  const auto day = open();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(day->reserve({0.25, 0}));
    day->settle({0.25, 0}, {0.25, 1});
  }
  const auto over = day->reserve({0.001, 0});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::kResourceExhausted);
  EXPECT_EQ(day->until_tomorrow(), std::chrono::hours(12));
}

TEST_F(DayBudgetTest, WhatIsUnderWayCounts) {
  const auto day = open();
  ASSERT_TRUE(day->reserve({0.6, 0}));
  EXPECT_FALSE(day->reserve({0.6, 0}));
  day->settle({0.6, 0}, {0.1, 1});
  EXPECT_TRUE(day->reserve({0.6, 0}));
}

TEST_F(DayBudgetTest, ADayLaterItIsWholeAgain) {
  const auto day = open();
  ASSERT_TRUE(day->reserve({1.0, 0}));
  day->settle({1.0, 0}, {1.0, 1});
  EXPECT_FALSE(day->reserve({0.5, 0}));
  clock.advance(std::chrono::hours(12));
  EXPECT_TRUE(day->reserve({0.5, 0}));
}

TEST_F(DayBudgetTest, ACrashCountsTooMuchAndNeverTooLittle) {
  {
    const auto day = open();
    ASSERT_TRUE(day->reserve({0.5, 0}));
    day->settle({0.5, 0}, {0.5, 1});
    ASSERT_TRUE(day->reserve({0.2, 0}));
  }  // never settled: as if killed
  const auto again = open();
  EXPECT_GE(again->spent().money, 0.7);
  EXPECT_LE(again->spent().money, 0.7 + 0.011);
  EXPECT_FALSE(again->reserve({0.31, 0}));
  EXPECT_TRUE(again->reserve({0.28, 0}));
}

TEST_F(DayBudgetTest, TimeIsABudgetToo) {
  budget.money.reset();
  budget.time = std::chrono::seconds(10);
  const auto day = open();
  ASSERT_TRUE(day->reserve({0, 0}));
  day->settle({0, 0}, {0, 9.5});
  ASSERT_TRUE(day->reserve({0, 0}));
  day->settle({0, 0}, {0, 0.5});
  EXPECT_EQ(day->reserve({0, 0}).error().code, Code::kResourceExhausted);
}

TEST_F(DayBudgetTest, AnotherProcessMayNotSpendIt) {
  const auto day = open();
  const auto second = DayBudget::open(budget, files, clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kFailedPrecondition);
}

TEST_F(DayBudgetTest, ADamagedFileIsSaid) {
  ASSERT_TRUE(files.write_atomic(budget.state, "{\"day\":3}"));
  EXPECT_EQ(DayBudget::open(budget, files, clock).error().code, Code::kDataLoss);
}

TEST_F(DayBudgetTest, WhatCannotBeKeptIsNotSpent) {
  const auto day = open();
  fs::create_directory(budget.state);  // a rename over a folder fails
  EXPECT_EQ(day->reserve({0.5, 0}).error().code, Code::kFailedPrecondition);
  fs::remove(budget.state);
  EXPECT_TRUE(day->reserve({0.5, 0}));
}

}  // namespace
}  // namespace fovea::remote
