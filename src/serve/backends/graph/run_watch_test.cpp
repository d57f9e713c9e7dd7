#include "serve/backends/graph/run_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "serve/backends/graph/limits.h"

namespace fovea::graph {
namespace {

void wait_until(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(holds());
}

TEST(RunWatchTest, StopsARunOnceWhenNobodyWaits) {
  RunWatch watch;
  std::atomic<bool> gone{false};
  std::atomic<int> stops{0}, others{0};
  const std::function<bool()> abandoned = [&] { return gone.load(); }, never = [] { return false; }, unset;
  const RunWatch::Guard guard(watch, abandoned, [&] { ++stops; });
  const RunWatch::Guard other(watch, never, [&] { ++others; });
  const RunWatch::Guard nobody(watch, unset, [&] { ++others; });
  std::this_thread::sleep_for(3 * kWatchEvery);
  EXPECT_FALSE(guard.stopped());
  gone = true;
  wait_until([&] { return guard.stopped(); });
  std::this_thread::sleep_for(3 * kWatchEvery);
  EXPECT_EQ(stops, 1);
  EXPECT_EQ(others, 0);
}

TEST(RunWatchTest, WakesForARunThatComesLate) {
  RunWatch watch;
  const std::function<bool()> always = [] { return true; };
  for (const auto pause : {std::chrono::milliseconds(0), std::chrono::milliseconds(kWatchAwake) * 3 / 2}) {
    std::this_thread::sleep_for(pause);
    std::atomic<bool> stopped{false};
    const RunWatch::Guard guard(watch, always, [&] { stopped = true; });
    wait_until([&] { return stopped.load(); });
  }
}

TEST(RunWatchTest, EndsWithoutEverHavingRun) {
  const RunWatch watch;
}

}  // namespace
}  // namespace fovea::graph
